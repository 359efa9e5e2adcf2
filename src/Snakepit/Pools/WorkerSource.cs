using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>The source of the pool's workers, once it starts.</summary>
/// <param name="Number">Its number, by which the kernel knows the blueprint.</param>
/// <param name="Starter">Starts processes.</param>
/// <param name="Blueprint">The data that the pool's workers have in common.</param>
/// <param name="Gate">Admits their starts among those of all pools.</param>
internal sealed record WorkerSource(int Number, IWorkerStarter Starter, WorkerBlueprint Blueprint, StartGate Gate);
