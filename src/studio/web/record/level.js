// Whether somebody speaks at a level that can be recorded.

/** A microphone cannot go higher than this, in dB of full scale: what reaches it is clipped. */
const CLIPPED = -0.3;
/** What comes so near to it leaves no room for a louder word. */
const NEAR = -3;
/** Speech that is softer than this is not far over the noise of a microphone. */
const QUIET = -38;
/** Below this nobody speaks. */
const SILENT = -50;

/** What to say about the last seconds: `nothing`, `loud`, `near`, `quiet` or `good`. `peaks` are in dB of full scale, the lowest first. */
export function levelOf(peaks) {
  const peak = peaks.at(-1);
  const speech = peaks.at(-Math.ceil(peaks.length / 4));
  if (peak < SILENT) return "nothing";
  if (peak > CLIPPED) return "loud";
  if (peak > NEAR) return "near";
  return speech < QUIET ? "quiet" : "good";
}

/** Whether it is only a doubt: somebody may go on all the same. */
export const isDoubt = (level) => level === "near" || level === "quiet";

/**
 * Whether what was judged before stays: a voice that was good falls silent, as it has to before the room is listened to, and nobody
 * has to speak for the level again once the room was.
 */
export const stays = (before, now, hadRoom) => (now === "nothing" || now === "quiet") && (before === "good" || hadRoom);
