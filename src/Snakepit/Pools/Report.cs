using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>Something to be told.</summary>
/// <param name="Effect">What the kernel said.</param>
/// <param name="Worker">The worker that it is about.</param>
/// <param name="Failure">The failed start behind it.</param>
/// <param name="Tool">The tool of the call that it is about.</param>
internal readonly record struct Report(Effect Effect, PoolWorker? Worker = null, SnakepitException? Failure = null, string? Tool = null);
