using Snakepit.Processes;

namespace Snakepit.Workers;

/// <summary>
/// Connects the launcher with the channel of a worker that a zygote will fork. When the fork fails, it has the worker spawned, or forked
/// from the next zygote if this one is outdated.
/// </summary>
internal sealed class ForkedStart(
    ZygoteProcess zygote, PipeStarter launcher, WorkerStart launch, IWorkerEvents events, OpenedChannel opened, long askedAt)
    : IChildEvents
{
    private readonly IChildEvents _channel = opened.Channel;

    public IWorkerEvents Events => events;

    public long AskedAt => askedAt;

    public bool IsStarted { get; private set; }

    void IChildEvents.OnStarted(ChildProcess child)
    {
        opened.Descriptors.Dispose();
        IsStarted = opened.Channel.IsForked = true;
        _channel.OnStarted(child);
    }

    void IChildEvents.OnFailed(string message, bool isLauncherLost)
    {
        zygote.Forget(this);
        opened.Descriptors.Dispose();
        opened.Channel.Discard();
        if (zygote.IsOutdated)
        {
            zygote.Owner.Launch(launch, events);
        }
        else
        {
            launcher.Spawn(launch, events);
        }
    }

    void IChildEvents.OnExited(ChildExit exit)
    {
        zygote.Forget(this);
        _channel.OnExited(exit);
    }
}
