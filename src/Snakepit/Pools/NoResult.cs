namespace Snakepit.Pools;

/// <summary>The result type of a call whose result is dropped.</summary>
internal readonly struct NoResult;
