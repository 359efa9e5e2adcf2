using Microsoft.Extensions.Logging;
using Snakepit.Processes;

namespace Snakepit.Workers;

/// <summary>Starts workers as processes whose channels are pipes, or sockets where told so: by themselves, or from their pool's zygote.</summary>
internal sealed class PipeLauncher : IWorkerLauncher, IZygoteMeans
{
    private readonly ReaderThreads _threads;
    private readonly Action<string> _onNoPage;
    private readonly TimeProvider _time;
    private readonly TimeProvider _timers;
    private readonly ILogger _logger;
    private readonly ILogger _python;
    private readonly OomKills _oomKills = OomKills.OfThisMachine();
    private readonly Lock _gate = new();
    private readonly Dictionary<WorkerBlueprint, Zygote> _zygotes = new(ReferenceEqualityComparer.Instance);

    /// <param name="launcherCommand">How the launcher is started.</param>
    /// <param name="onStarted">Told the launcher's process id.</param>
    /// <param name="onLost">Told the process id of a launcher that has ended.</param>
    /// <param name="onError">Told what a handler threw.</param>
    /// <param name="onNoPage">Told why a worker has to do without a shared page.</param>
    /// <param name="time">For zygotes.</param>
    /// <param name="timers">For workers that have to be killed.</param>
    /// <param name="logger">For zygotes.</param>
    /// <param name="python">For what zygotes print.</param>
    /// <param name="run">Whose processes these are.</param>
    public PipeLauncher(
        Func<ChildCommand> launcherCommand, Action<int> onStarted, Action<int> onLost, Action<Exception> onError, Action<string> onNoPage, TimeProvider time, TimeProvider timers,
        ILogger logger, ILogger python, HostRun run)
    {
        Watcher = new Watcher(onError);
        OutputWatcher = new Watcher(onError, "Snakepit output");
        Processes = new Launcher(launcherCommand, Watcher, onLost, onStarted, run);
        _threads = new ReaderThreads(onError);
        _onNoPage = onNoPage;
        _time = time;
        _timers = timers;
        _logger = logger;
        _python = python;
    }

    /// <summary>For exits and full pipes, which no amount of output may hold up.</summary>
    public Watcher Watcher { get; }

    /// <summary>For what workers and zygotes print, log and tell beside their replies.</summary>
    public Watcher OutputWatcher { get; }

    public Launcher Processes { get; }

    public void Launch(WorkerLaunch launch, IWorkerEvents events)
    {
        if (launch.Blueprint.UsesZygote)
        {
            ZygoteOf(launch).Launch(launch, events);
        }
        else
        {
            Spawn(launch, events);
        }
    }

    public void Withdraw(IWorkerEvents events)
    {
        foreach (Zygote zygote in Zygotes())
        {
            zygote.Withdraw(events);
        }
    }

    public void ReplaceZygote(WorkerBlueprint blueprint, Action onReplaced)
    {
        Zygote? zygote;
        lock (_gate)
        {
            zygote = _zygotes.GetValueOrDefault(blueprint);
        }
        if (zygote is null)
        {
            onReplaced();
        }
        else
        {
            zygote.Replace(onReplaced);
        }
    }

    public IZygoteProcess CreateZygote(WorkerBlueprint blueprint, string pool, Zygote owner) => new ZygoteProcess(blueprint, pool, owner, this, _time, _python);

    public void Spawn(WorkerLaunch launch, IWorkerEvents events)
    {
        if (TryOpen(launch, events) is { } opened)
        {
            using (opened.Descriptors)
            {
                Processes.Start(launch.Blueprint.Command!, opened.Descriptors.Theirs, opened.Channel);
            }
        }
    }

    /// <summary>The channel of a worker that is about to be started; null when there can be none, which is told.</summary>
    public OpenedChannel? TryOpen(WorkerLaunch launch, IWorkerEvents events)
    {
        try
        {
            bool portable = launch.Blueprint.Portable;
            var descriptors = ChannelDescriptors.Create(portable, portable ? null : TryCreatePage());
            return new OpenedChannel(new PipeChannel(launch, events, Watcher, OutputWatcher, _threads, descriptors, _timers, _oomKills), descriptors);
        }
        catch (IOException e)
        {
            events.OnFailed(new WorkerFailure("launch", e.Message));
            events.OnExited(ChildExit.Never, []);
            return null;
        }
    }

    public void Dispose()
    {
        Processes.Dispose();
        Array.ForEach(Zygotes(), static zygote => zygote.Release());
        Watcher.Dispose();
        OutputWatcher.Dispose();
        _threads.Dispose();
    }

    private Zygote ZygoteOf(WorkerLaunch launch)
    {
        lock (_gate)
        {
            if (!_zygotes.TryGetValue(launch.Blueprint, out Zygote? zygote))
            {
                _zygotes[launch.Blueprint] = zygote = new Zygote(launch.Blueprint, launch.Id.Pool, this, _time, _logger);
            }
            return zygote;
        }
    }

    private Zygote[] Zygotes()
    {
        lock (_gate)
        {
            return [.. _zygotes.Values];
        }
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
