using Snakepit.Lifecycle;

namespace Snakepit.Pools;

/// <summary>What all pools of a runtime share.</summary>
/// <param name="Time">The clock.</param>
/// <param name="Timers">Where timers come from on which a worker's end depends.</param>
/// <param name="Sampler">Reads the memory of workers.</param>
/// <param name="AdapterFiles">Knows which files belong to which adapter.</param>
/// <param name="Provider">The services of the host application; null without one.</param>
/// <param name="Budget">Memory and replacements that the pools share; null when nothing limits them.</param>
internal sealed record PoolServices(
    TimeProvider Time, TimeProvider Timers, Sampler Sampler, AdapterFiles AdapterFiles, IServiceProvider? Provider = null,
    HostBudget? Budget = null);
