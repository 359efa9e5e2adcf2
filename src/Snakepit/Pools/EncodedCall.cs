namespace Snakepit.Pools;

/// <summary>What belongs to a call beside its encoded body.</summary>
/// <param name="Session">The session that its options name; null for none.</param>
/// <param name="Inputs">The streams among its arguments, which follow the body; null when there are none.</param>
internal readonly record struct EncodedCall(SessionRecord? Session, IArgumentStreams? Inputs);
