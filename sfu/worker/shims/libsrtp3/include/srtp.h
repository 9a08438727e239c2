// The part of libsrtp 3's API that mediasoup-worker calls, over the system's libsrtp 2.
//
// libsrtp 3 differs in two ways that matter here: a policy is an opaque object filled by setters, and
// protect/unprotect take an input and an output buffer. libsrtp 2 has a plain struct and works in place.
// Nothing cryptographic happens in this file: it moves bytes and calls the library.
//
// The error codes, profiles, SSRC types and events are libsrtp 2's own and mean the same in both.
#ifndef IN_CAMERA_SRTP3_OVER_SRTP2_H
#define IN_CAMERA_SRTP3_OVER_SRTP2_H

#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

// The same name is a struct in libsrtp 2 and a pointer in libsrtp 3.
#define srtp_policy_t srtp2_policy_t
#include <srtp2/srtp.h>
#undef srtp_policy_t

// Codes that libsrtp 2 lacks, at the values that follow its last one (27).
inline constexpr auto srtp_err_status_buffer_small = static_cast<srtp_err_status_t>(28);
inline constexpr auto srtp_err_status_cryptex_err  = static_cast<srtp_err_status_t>(29);

struct Srtp3Policy
{
	srtp2_policy_t policy{};
	// Master key followed by master salt, the form in which libsrtp 2 takes them.
	unsigned char key[SRTP_MAX_KEY_LEN]{};
};

using srtp_policy_t = Srtp3Policy*;

inline srtp_err_status_t srtp_policy_create(srtp_policy_t* out)
{
	*out = new (std::nothrow) Srtp3Policy();

	if (*out == nullptr)
	{
		return srtp_err_status_alloc_fail;
	}

	(*out)->policy.key = (*out)->key;

	return srtp_err_status_ok;
}

inline void srtp_policy_destroy(srtp_policy_t p)
{
	if (p == nullptr)
	{
		return;
	}

	// The key must not stay in freed memory; volatile keeps the compiler from dropping the loop.
	volatile unsigned char* byte = p->key;

	for (size_t i = 0; i < sizeof(p->key); ++i)
	{
		byte[i] = 0;
	}

	delete p;
}

inline srtp_err_status_t srtp_policy_set_ssrc(srtp_policy_t p, srtp_ssrc_t ssrc)
{
	p->policy.ssrc = ssrc;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_profile(srtp_policy_t p, srtp_profile_t profile)
{
	const auto err = srtp_crypto_policy_set_from_profile_for_rtp(&p->policy.rtp, profile);

	if (err != srtp_err_status_ok)
	{
		return err;
	}

	return srtp_crypto_policy_set_from_profile_for_rtcp(&p->policy.rtcp, profile);
}

inline srtp_err_status_t srtp_policy_add_key(
  srtp_policy_t p,
  const uint8_t* key,
  size_t keyLen,
  const uint8_t* salt,
  size_t saltLen,
  const uint8_t* /*mki*/,
  size_t mkiLen)
{
	// WebRTC uses no MKI; accepting one and ignoring it would be a silent difference.
	if (mkiLen != 0 || keyLen > sizeof(p->key) || saltLen > sizeof(p->key) - keyLen)
	{
		return srtp_err_status_bad_param;
	}

	std::memcpy(p->key, key, keyLen);
	std::memcpy(p->key + keyLen, salt, saltLen);

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_allow_repeat_tx(srtp_policy_t p, bool allow)
{
	p->policy.allow_repeat_tx = allow ? 1 : 0;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_window_size(srtp_policy_t p, size_t windowSize)
{
	p->policy.window_size = static_cast<unsigned long>(windowSize);

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_create(srtp_t* session, srtp_policy_t p)
{
	return ::srtp_create(session, static_cast<const srtp2_policy_t*>(&p->policy));
}

// The SSRC is in network byte order in both versions.
inline srtp_err_status_t srtp_stream_remove(srtp_t session, uint32_t ssrc)
{
	return ::srtp_remove_stream(session, ssrc);
}

namespace Srtp3OverSrtp2
{
	using InPlace = srtp_err_status_t (*)(srtp_t, void*, int*);

	// Copies the packet unless both buffers are the same, then runs libsrtp 2 on the output buffer.
	// `growth` is how much libsrtp 2 may write past the packet's end.
	inline srtp_err_status_t Run(
	  InPlace function, srtp_t session, const uint8_t* in, size_t inLen, uint8_t* out, size_t* outLen, size_t growth)
	{
		if (inLen > INT_MAX - growth)
		{
			return srtp_err_status_bad_param;
		}
		if (*outLen < inLen + growth)
		{
			return srtp_err_status_buffer_small;
		}
		if (in != out)
		{
			std::memcpy(out, in, inLen);
		}

		int len        = static_cast<int>(inLen);
		const auto err = function(session, out, &len);

		if (err == srtp_err_status_ok)
		{
			*outLen = static_cast<size_t>(len);
		}

		return err;
	}
} // namespace Srtp3OverSrtp2

inline srtp_err_status_t srtp_protect(
  srtp_t session, const uint8_t* rtp, size_t rtpLen, uint8_t* srtp, size_t* srtpLen, size_t /*mkiIndex*/)
{
	return Srtp3OverSrtp2::Run(
	  static_cast<Srtp3OverSrtp2::InPlace>(::srtp_protect), session, rtp, rtpLen, srtp, srtpLen, SRTP_MAX_TRAILER_LEN);
}

inline srtp_err_status_t srtp_unprotect(
  srtp_t session, const uint8_t* srtp, size_t srtpLen, uint8_t* rtp, size_t* rtpLen)
{
	return Srtp3OverSrtp2::Run(
	  static_cast<Srtp3OverSrtp2::InPlace>(::srtp_unprotect), session, srtp, srtpLen, rtp, rtpLen, 0);
}

inline srtp_err_status_t srtp_protect_rtcp(
  srtp_t session, const uint8_t* rtcp, size_t rtcpLen, uint8_t* srtcp, size_t* srtcpLen, size_t /*mkiIndex*/)
{
	// SRTCP adds an index word besides the tag (RFC 3711 §3.4).
	return Srtp3OverSrtp2::Run(
	  static_cast<Srtp3OverSrtp2::InPlace>(::srtp_protect_rtcp),
	  session,
	  rtcp,
	  rtcpLen,
	  srtcp,
	  srtcpLen,
	  SRTP_MAX_TRAILER_LEN + sizeof(uint32_t));
}

inline srtp_err_status_t srtp_unprotect_rtcp(
  srtp_t session, const uint8_t* srtcp, size_t srtcpLen, uint8_t* rtcp, size_t* rtcpLen)
{
	return Srtp3OverSrtp2::Run(
	  static_cast<Srtp3OverSrtp2::InPlace>(::srtp_unprotect_rtcp), session, srtcp, srtcpLen, rtcp, rtcpLen, 0);
}

#endif
