namespace Snakepit.Pools;

/// <summary>A call that is over, and how.</summary>
internal readonly record struct EndedCall(UnaryCall Call, CallEnd End);
