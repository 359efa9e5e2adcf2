using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>Where the pool's workers come from, once it starts.</summary>
/// <param name="Launcher">Starts processes.</param>
/// <param name="Blueprint">What the pool's workers have in common.</param>
/// <param name="Gate">Lets in their starts among those of all pools.</param>
internal sealed record WorkerSource(IWorkerLauncher Launcher, WorkerBlueprint Blueprint, StartGate Gate);
