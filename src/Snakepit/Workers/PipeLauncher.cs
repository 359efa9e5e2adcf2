using Snakepit.Processes;

namespace Snakepit.Workers;

/// <summary>Starts workers as processes whose channels are pipes, or sockets where told so.</summary>
internal sealed class PipeLauncher : IWorkerLauncher
{
    private readonly Watcher _watcher;
    private readonly Launcher _launcher;
    private readonly ReaderThreads _threads;
    private readonly Action<string> _onNoPage;
    private readonly TimeProvider _time;

    /// <param name="launcherCommand">How the launcher is started.</param>
    /// <param name="onStarted">Told the launcher's process id.</param>
    /// <param name="onLost">Told the process id of a launcher that has ended.</param>
    /// <param name="onError">Told what a handler threw.</param>
    /// <param name="onNoPage">Told why a worker has to do without a shared page.</param>
    /// <param name="time">By which a worker's last signals follow each other.</param>
    public PipeLauncher(Func<ChildCommand> launcherCommand, Action<int> onStarted, Action<int> onLost, Action<Exception> onError, Action<string> onNoPage, TimeProvider time)
    {
        _watcher = new Watcher(onError);
        _launcher = new Launcher(launcherCommand, _watcher, onLost, onStarted);
        _threads = new ReaderThreads(onError);
        _onNoPage = onNoPage;
        _time = time;
    }

    public void Launch(WorkerLaunch launch, IWorkerEvents events)
    {
        ChannelDescriptors descriptors;
        try
        {
            bool portable = launch.Blueprint.Portable;
            descriptors = ChannelDescriptors.Create(portable, portable ? null : TryCreatePage());
        }
        catch (IOException e)
        {
            events.OnFailed(new WorkerFailure("launch", e.Message));
            events.OnExited(default, []);
            return;
        }
        using (descriptors)
        {
            var channel = new PipeChannel(launch, events, _watcher, _threads, descriptors, _time);
            _launcher.Start(launch.Blueprint.Command!, descriptors.Theirs, channel);
        }
    }

    public void Dispose()
    {
        _launcher.Dispose();
        _watcher.Dispose();
        _threads.Dispose();
    }

    private Scoreboard? TryCreatePage()
    {
        try
        {
            return Scoreboard.Create();
        }
        catch (IOException e)
        {
            _onNoPage(e.Message);
            return null;
        }
    }
}
