using Snakepit.Pools.Kernel;
using Snakepit.Transport;

namespace Snakepit.Workers;

/// <summary>
/// The host's side of one worker. Post… only notes what is to be sent, in order, and is called under the pool's lock; <see cref="Flush"/> sends it
/// and is called after. Nothing here blocks.
/// </summary>
internal interface IWorkerChannel
{
    int ProcessId { get; }

    /// <summary>Whether calls that it has not begun can be taken back; known once it is ready.</summary>
    bool CanRecall { get; }

    /// <summary>Sends a call. The frame stays the caller's; it must not change until the reply or the exit.</summary>
    void PostCall(CallKey call, Memory<byte> frame, int attempt, TimeSpan? remaining);

    /// <summary>Nobody waits for this call any more.</summary>
    void PostCancel(CallKey call);

    /// <summary>Every call that the worker has not begun is taken back, and told as such.</summary>
    void PostRecall();

    /// <summary>The worker is to end after what it was sent.</summary>
    void PostShutdown();

    void Flush();

    /// <summary>SIGTERM to the worker's group.</summary>
    void Terminate();

    /// <summary>SIGKILL; its group follows.</summary>
    void Kill();
}
