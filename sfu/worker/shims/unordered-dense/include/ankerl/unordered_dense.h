// The names of ankerl::unordered_dense that mediasoup-worker uses, over the standard containers.
// Slower look-ups by a constant factor; iteration order is unspecified in both.
#ifndef IN_CAMERA_UNORDERED_DENSE_OVER_STD_H
#define IN_CAMERA_UNORDERED_DENSE_OVER_STD_H

#include <functional>
#include <unordered_map>
#include <unordered_set>

namespace ankerl::unordered_dense
{
	template<typename T>
	using hash = std::hash<T>;

	template<typename Key, typename Value, typename Hash = std::hash<Key>, typename Equal = std::equal_to<Key>>
	using map = std::unordered_map<Key, Value, Hash, Equal>;

	template<typename Key, typename Hash = std::hash<Key>, typename Equal = std::equal_to<Key>>
	using set = std::unordered_set<Key, Hash, Equal>;
} // namespace ankerl::unordered_dense

#endif
