using Snakepit.Processes;

namespace Snakepit.Workers;

/// <summary>Starts workers as processes whose channels are pipes.</summary>
internal sealed class PipeLauncher : IWorkerLauncher
{
    private readonly Watcher _watcher;
    private readonly Launcher _launcher;

    public PipeLauncher(Func<ChildCommand> launcherCommand, Action<int> onStarted, Action<int> onLost, Action<Exception> onError)
    {
        _watcher = new Watcher(onError);
        _launcher = new Launcher(launcherCommand, _watcher, onLost, onStarted);
    }

    public void Launch(WorkerLaunch launch, IWorkerEvents events)
    {
        ChannelDescriptors descriptors;
        try
        {
            descriptors = ChannelDescriptors.Create();
        }
        catch (IOException e)
        {
            events.OnFailed(new WorkerFailure("launch", e.Message));
            events.OnExited(default, []);
            return;
        }
        using (descriptors)
        {
            var channel = new PipeChannel(launch, events, _watcher, descriptors);
            _launcher.Start(launch.Blueprint.Command!, descriptors.Theirs, channel);
        }
    }

    public void Dispose()
    {
        _launcher.Dispose();
        _watcher.Dispose();
    }
}
