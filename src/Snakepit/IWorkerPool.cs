using System.Diagnostics.CodeAnalysis;

namespace Snakepit;

/// <summary>Represents a named set of worker processes that run the tools of one adapter. The pool has numbered slots, from 0. One worker
/// at a time serves in a slot; its replacement takes over the slot. The runtime owns the pool, so it is not disposable. Safe for use by any
/// number of threads.</summary>
[SuppressMessage("ApiDesign", "RS0026", Justification = "A slot and a worker are told apart by their types.")]
public interface IWorkerPool : IToolInvoker
{
    /// <summary>Gets the name of the pool.</summary>
    string Name { get; }

    /// <summary>Describes the pool as it is now: its state, its queue, and every worker.</summary>
    PoolSnapshot GetSnapshot();

    /// <summary>Gets the tools of the adapter, as reported by the last worker that became ready; empty before the first.</summary>
    IReadOnlyList<ToolDescriptor> Tools { get; }

    /// <summary>Returns a handle of the session with that id. The session begins with its first call: see
    /// <see cref="IWorkerSession"/>.</summary>
    /// <param name="id">The id, such as that of a conversation: 1 to 256 characters. Case matters.</param>
    /// <param name="affinity">Which worker runs the calls; null: <see cref="WorkerSessionOptions.Affinity"/>.</param>
    /// <param name="metadata">What the handle tells every call, in Python <c>ctx.session.metadata</c>: up to 4,096 characters. Default
    /// null: nothing.</param>
    /// <exception cref="ArgumentException"><paramref name="id"/> is empty or too long, or <paramref name="metadata"/> is too
    /// long.</exception>
    IWorkerSession GetSession(
        string id, SessionAffinity? affinity = null, IReadOnlyDictionary<string, string>? metadata = null);

    /// <summary>Creates a session with a new id, which ends when the returned object is disposed.</summary>
    /// <param name="affinity">Which worker runs the calls; null: <see cref="WorkerSessionOptions.Affinity"/>.</param>
    /// <param name="metadata">What the handle tells every call, in Python <c>ctx.session.metadata</c>: up to 4,096 characters. Default
    /// null: nothing.</param>
    /// <exception cref="ArgumentException"><paramref name="metadata"/> is too long.</exception>
    IOwnedWorkerSession CreateSession(
        SessionAffinity? affinity = null, IReadOnlyDictionary<string, string>? metadata = null);

    /// <summary>Waits until workers are ready to serve.</summary>
    /// <param name="workers">How many workers to wait for, at most the size of the pool; null: <see cref="PoolOptions.MinReady"/>, or 1 if
    /// that is 0.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="AdapterLoadException">A worker failed to start while none was ready, or too few were ready in time.
    /// The time is <see cref="BootOptions.Timeout"/> for each missing worker, plus <see cref="RestartOptions.MaxBackoff"/>.</exception>
    Task WaitUntilReadyAsync(int? workers = null, CancellationToken cancellationToken = default);

    /// <summary>Replaces the worker of one slot, or of every slot. Unless <see cref="RecycleOptions.Mode"/> says otherwise or memory is
    /// short, each replacement is ready before the old worker stops. If a replacement cannot start, the old worker keeps serving, and the
    /// report says so. The task completes when every slot is done and the old processes are gone. Requests for the same slot are
    /// merged.</summary>
    /// <param name="slot">The number of the slot; null: all slots, at most <see cref="RecycleOptions.MaxConcurrent"/> at a time.</param>
    /// <param name="cancellationToken">Stops waiting and skips slots whose turn has not come. A replacement that has begun is
    /// finished.</param>
    /// <exception cref="ArgumentOutOfRangeException">The pool has no slot of that number.</exception>
    /// <exception cref="ObjectDisposedException">The pool is stopping or has stopped.</exception>
    Task<RecycleReport> RecycleAsync(int? slot = null, CancellationToken cancellationToken = default);

    /// <summary>Replaces the zygote, the process that later workers are forked from. After an upgrade of installed packages, for example,
    /// call this method and then <see cref="RecycleAsync(int?, CancellationToken)"/>. The pool replaces the zygote by itself when a file
    /// that the zygote has imported changes, unless the file belongs to an installed package. The old zygote serves until the new one is
    /// ready. The task completes when the new zygote is ready or has failed, at the latest after <see cref="BootOptions.Timeout"/>. For a
    /// pool without a zygote, it completes at once.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task RenewZygoteAsync(CancellationToken cancellationToken = default);

    /// <summary>Replaces one worker if it still serves. If the worker has already been replaced, nothing happens, and the report says
    /// so.</summary>
    /// <param name="worker">The worker, from a snapshot or an event.</param>
    /// <param name="cancellationToken">Stops waiting, and prevents the replacement if it has not begun.</param>
    /// <exception cref="ArgumentException">The worker belongs to another pool.</exception>
    /// <exception cref="ObjectDisposedException">The pool is stopping or has stopped.</exception>
    Task<RecycleReport> RecycleAsync(WorkerId worker, CancellationToken cancellationToken = default);

    /// <summary>Changes the number of workers. Additional workers are started, at most <see cref="StartOptions.MaxConcurrent"/> at a time;
    /// surplus workers finish their calls and end. The task completes when the new number of workers serves and surplus workers take no
    /// more calls. If the number follows the load, it goes on from <paramref name="size"/>, or from the nearest number between
    /// <see cref="PoolOptions.MinSize"/> and <see cref="PoolOptions.MaxSize"/>.</summary>
    /// <param name="size">The new number of workers, from <see cref="PoolOptions.MinReady"/> (1 at least) to 10,000.</param>
    /// <param name="cancellationToken">Stops waiting, not the change.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is out of that range.</exception>
    /// <exception cref="AdapterLoadException">The additional workers did not become ready in time. The time is
    /// <see cref="BootOptions.Timeout"/> for each of them, plus <see cref="RestartOptions.MaxBackoff"/>. The new size remains in force, and
    /// the pool goes on trying.</exception>
    Task ResizeAsync(int size, CancellationToken cancellationToken = default);

    /// <summary>Cancels a call for somebody other than its caller, such as an operator. The caller gets an
    /// <see cref="OperationCanceledException"/> at once. The tool is told or interrupted as if its caller had cancelled the
    /// call.</summary>
    /// <param name="number">The number of the call: <see cref="RunningTool.Call"/>.</param>
    /// <returns>False when the call has ended, or its caller has given up before.</returns>
    bool CancelCall(ulong number);

    /// <summary>Returns the Python stacks of all threads of a worker, and lets the worker go on. Needs no interpreter lock, so the stacks
    /// tell where native code hangs. Takes some 20 ms, and at most two seconds.</summary>
    /// <param name="worker">The worker, from a snapshot or an event.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The stacks as <c>faulthandler</c> writes them, with the innermost function first; null when the worker is not ready, is
    /// stopped by a signal, has ended, or cannot write stacks, as outside Linux.</returns>
    /// <exception cref="ArgumentException">The worker belongs to another pool.</exception>
    Task<string?> ReadStacksAsync(WorkerId worker, CancellationToken cancellationToken = default);

    /// <summary>Returns how many calls each tool has had and how long they took, in the order of the tools' names. At most 1,000 names are
    /// counted.</summary>
    IReadOnlyList<ToolStatistics> GetToolStatistics();

    /// <summary>Returns the pool's recent decisions as JSON: its settings, an earlier state, and every step since then.
    /// Each step has its time, its input and a digest of the decision. The dump covers at least the last 4,096 steps, or all since the
    /// start. It holds ids, numbers and enum values only: no names, no arguments, no results. When the same version of Snakepit replays the
    /// dump, it makes the same decisions, so an incident becomes a test.</summary>
    string DumpTrace();

    /// <summary>Lets inputs run again that are rejected, or suspected, because they have killed workers. See
    /// <see cref="CrashOptions"/>.</summary>
    /// <param name="tool">The tool whose inputs are released; null: those of all tools.</param>
    /// <returns>The number of inputs that were released.</returns>
    int LiftQuarantine(string? tool = null);

    /// <summary>Taints a slot: for a time it gets no new calls, whichever worker serves in it. The worker finishes the calls it has; new
    /// calls go to other workers, or wait.</summary>
    /// <param name="slot">The number of the slot.</param>
    /// <param name="duration">For how long, from now, up to 49 days. A longer taint that is already in force remains.</param>
    /// <exception cref="ArgumentOutOfRangeException">The pool has no slot of that number, or <paramref name="duration"/> is not positive or
    /// longer than 49 days.</exception>
    void Taint(int slot, TimeSpan duration);

    /// <summary>Taints every slot whose worker uses a device: for a time these slots get no new calls.</summary>
    /// <param name="device">The device, as the adapter's <c>device()</c> names it.</param>
    /// <param name="duration">For how long, from now, up to 49 days.</param>
    /// <returns>The number of workers that use the device now. If there are none, nothing happens.</returns>
    /// <exception cref="ArgumentException"><paramref name="device"/> is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="duration"/> is not positive or longer than 49 days.</exception>
    int TaintDevice(string device, TimeSpan duration);

    /// <summary>Ends the taint of slots, so that they get calls again. A taint comes from <see cref="Taint"/>, <see cref="TaintDevice"/> or
    /// <see cref="CrashOptions.TaintOn"/>.</summary>
    /// <param name="slot">The number of the slot; null: all slots.</param>
    /// <returns>The number of slots that were tainted.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The pool has no slot of that number.</exception>
    int LiftTaint(int? slot = null);

    /// <summary>Returns the events of the pool from now on, until cancelled; a slow reader loses events as in
    /// <see cref="ISnakepit.WatchAsync"/>.</summary>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    IAsyncEnumerable<LifecycleEvent> WatchAsync(CancellationToken cancellationToken = default);
}
