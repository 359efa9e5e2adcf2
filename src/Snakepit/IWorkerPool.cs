using System.Diagnostics.CodeAnalysis;

namespace Snakepit;

/// <summary>A named set of worker processes with one adapter. Safe for any number of threads. Owned by its runtime: not disposable.</summary>
[SuppressMessage("ApiDesign", "RS0026", Justification = "A slot and a worker are told apart by their types.")]
public interface IWorkerPool : IToolInvoker
{
    /// <summary>The pool's name.</summary>
    string Name { get; }

    /// <summary>What the pool is doing now: sizes, queue, and every worker.</summary>
    PoolSnapshot GetSnapshot();

    /// <summary>The tools of the adapter, as the last worker to become ready reported them; empty before the first.</summary>
    IReadOnlyList<ToolDescriptor> Tools { get; }

    /// <summary>Waits until workers are ready to serve.</summary>
    /// <param name="workers">How many; null: <see cref="PoolOptions.MinReady"/>. At most the pool's size.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="AdapterLoadException">A worker could not start while none was ready; or so many did not become ready within
    /// <see cref="BootOptions.Timeout"/> for each that was missing and <see cref="RestartOptions.MaxBackoff"/>.</exception>
    Task WaitUntilReadyAsync(int? workers = null, CancellationToken cancellationToken = default);

    /// <summary>Replaces the worker of one slot, or of every slot one after another. Each replacement serves before its predecessor stops.
    /// Completes when every target serves from its replacement and the old processes are gone. Requests for the same slot join.</summary>
    /// <param name="slot">The slot; null: all, within <see cref="RecycleOptions.MaxConcurrent"/>.</param>
    /// <param name="cancellationToken">Stops waiting and slots not yet begun, never a replacement under way.</param>
    Task<RecycleReport> RecycleAsync(int? slot = null, CancellationToken cancellationToken = default);

    /// <summary>Has a new zygote made ready, from which all workers that start later come: after an upgrade of installed packages, say, followed by
    /// <see cref="RecycleAsync(int?, CancellationToken)"/>. Without it a zygote is renewed when files that it has imported have changed, but for those of installed packages. The old one serves until
    /// then. Completes when the new one is ready or cannot be made, and after <see cref="BootOptions.Timeout"/> at the latest; at once for a pool without a zygote.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task RenewZygoteAsync(CancellationToken cancellationToken = default);

    /// <summary>Replaces one worker, if it still serves; if it has been replaced meanwhile, says so and does nothing.</summary>
    /// <param name="worker">The worker, from a snapshot or an event.</param>
    /// <param name="cancellationToken">Stops waiting, and the replacement if it has not begun.</param>
    /// <exception cref="ArgumentException">It is a worker of another pool.</exception>
    Task<RecycleReport> RecycleAsync(WorkerId worker, CancellationToken cancellationToken = default);

    /// <summary>Changes the number of workers. More are started, within <see cref="StartOptions.MaxConcurrent"/>; those too many finish their calls
    /// and end. Completes when so many serve and those too many have stopped taking calls.</summary>
    /// <param name="size">From <see cref="PoolOptions.MinReady"/> (1 at least) to 10,000.</param>
    /// <param name="cancellationToken">Stops waiting, not the change.</param>
    /// <exception cref="AdapterLoadException">Those to come did not become ready within <see cref="BootOptions.Timeout"/> each and
    /// <see cref="RestartOptions.MaxBackoff"/>. The change stands, and the pool goes on trying.</exception>
    Task ResizeAsync(int size, CancellationToken cancellationToken = default);

    /// <summary>What the pool decided by lately, as JSON: its settings as numbers, its state some thousand steps ago, and every step since (what it was told
    /// and when) with a digest of its decision. At least the last 4,096 steps, or all since the start. It holds ids, numbers and enums only: no names, no
    /// arguments, no results. Replayed, the same version of Snakepit decides the same again, so that an incident becomes a test.</summary>
    string DumpTrace();

    /// <summary>Takes back what is held against inputs that have killed workers: they may run again. See <see cref="CrashOptions"/>.</summary>
    /// <param name="tool">Of which tool; null: of all.</param>
    /// <returns>How many inputs were under suspicion.</returns>
    int LiftQuarantine(string? tool = null);

    /// <summary>Gives the worker of a slot, and whoever follows it there, no calls for a time. It ends what it runs; calls go to other workers, or wait.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="duration">For how long, from now, up to 49 days. A taint that lasts longer stays.</param>
    void Taint(int slot, TimeSpan duration);

    /// <summary>Does the same with all slots whose workers use a device.</summary>
    /// <param name="device">What the adapter's <c>device()</c> has returned.</param>
    /// <param name="duration">For how long, from now, up to 49 days.</param>
    /// <returns>How many workers use it now; 0, and nothing is done, when none does.</returns>
    int TaintDevice(string device, TimeSpan duration);

    /// <summary>Lets workers have calls again that get none because of <see cref="Taint"/>, <see cref="TaintDevice"/> or
    /// <see cref="CrashOptions.TaintOn"/>.</summary>
    /// <param name="slot">The slot; null: all.</param>
    /// <returns>In how many slots there were none.</returns>
    int LiftTaint(int? slot = null);

    /// <summary>The pool's events from now on; see <see cref="ISnakepit.WatchAsync"/>.</summary>
    IAsyncEnumerable<LifecycleEvent> WatchAsync(CancellationToken cancellationToken = default);
}
