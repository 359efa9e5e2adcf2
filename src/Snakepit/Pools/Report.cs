using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>A report that waits to be made.</summary>
/// <param name="Effect">The effect of the kernel.</param>
/// <param name="Worker">The worker that it is about.</param>
/// <param name="Failure">The failed start behind it.</param>
/// <param name="Tool">The tool of the call that it is about.</param>
internal readonly record struct Report(Effect Effect, PoolWorker? Worker = null, SnakepitException? Failure = null, string? Tool = null);
