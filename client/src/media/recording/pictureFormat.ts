// What the picture of a recording is made of.

export const WIDTH = 1280;
export const HEIGHT = 720;
/** In a second. More: a burden while others are seen as well. Less: lips and words part. */
export const FRAME_RATE = 15;
