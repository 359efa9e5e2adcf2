namespace Snakepit.Pools;

/// <summary>A call that has ended, with its end.</summary>
internal readonly record struct EndedCall(UnaryCall Call, CallEnd End);
