namespace Snakepit.Pools;

/// <summary>What could run a nested call.</summary>
/// <param name="Workers">The number of workers of the pool.</param>
/// <param name="PerWorker">The number of calls that a worker runs at once.</param>
/// <param name="Worker">The only worker that may run it; none when all may.</param>
internal readonly record struct NestedPlaces(int Workers, int PerWorker, WorkerKey Worker);
