using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Snakepit.Processes;

namespace Snakepit.Workers;

/// <summary>Starts workers as processes whose channels are pipes or sockets, directly or from their pool's zygote.</summary>
internal sealed class PipeStarter : IWorkerStarter, IZygoteMeans
{
    private readonly ReaderThreads _threads;
    private readonly Action<string> _onNoPage;
    private readonly TimeProvider _time;
    private readonly TimeProvider _timers;
    private readonly ILogger _logger;
    private readonly ILogger _python;
    private readonly OomKills _oomKills = OomKills.OfThisMachine();
    private readonly Lock _gate = new();
    private readonly ConditionalWeakTable<WorkerBlueprint, Zygote> _zygotes = []; // a blueprint that is no longer used needs none

    /// <param name="launcherCommand">Creates the launcher's command.</param>
    /// <param name="onStarted">Gets the launcher's pid.</param>
    /// <param name="onLost">Gets the pid of a launcher that has ended.</param>
    /// <param name="onError">Gets the exceptions of handlers.</param>
    /// <param name="onNoPage">Gets the reason why a worker has no shared page.</param>
    /// <param name="time">The clock of zygotes.</param>
    /// <param name="timers">The clock of kills.</param>
    /// <param name="logger">The logger of zygotes.</param>
    /// <param name="python">The logger of the zygotes' output.</param>
    /// <param name="run">The run that the processes belong to.</param>
    /// <param name="zygoteMemory">Is told of the memory of zygotes; null when nothing limits it.</param>
    public PipeStarter(
        Func<ChildCommand> launcherCommand,
        Action<int> onStarted,
        Action<int> onLost,
        Action<Exception> onError,
        Action<string> onNoPage,
        TimeProvider time,
        TimeProvider timers,
        ILogger logger,
        ILogger python,
        HostRun run,
        IZygoteMemory? zygoteMemory)
    {
        Watcher = new Watcher(onError);
        OutputWatcher = new Watcher(onError, "Snakepit output");
        Processes = new LauncherClient(launcherCommand, Watcher, onLost, onStarted, run);
        _threads = new ReaderThreads(onError);
        _onNoPage = onNoPage;
        _time = time;
        _timers = timers;
        _logger = logger;
        _python = python;
        ZygoteMemory = zygoteMemory;
    }

    /// <summary>Watches exits and full pipes, which no amount of output may delay.</summary>
    public Watcher Watcher { get; }

    /// <summary>Watches the output and the control channels of workers and zygotes.</summary>
    public Watcher OutputWatcher { get; }

    public LauncherClient Processes { get; }

    public IZygoteMemory? ZygoteMemory { get; }

    public void Launch(WorkerStart launch, IWorkerEvents events)
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
            _zygotes.TryGetValue(blueprint, out zygote);
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

    public void RetireZygote(WorkerBlueprint blueprint)
    {
        Zygote? zygote;
        lock (_gate)
        {
            _zygotes.TryGetValue(blueprint, out zygote);
        }
        zygote?.Retire();
    }

    public IZygoteProcess CreateZygote(WorkerBlueprint blueprint, string pool, Zygote owner) =>
        new ZygoteProcess(blueprint, pool, owner, this, _time, _python);

    public void Spawn(WorkerStart launch, IWorkerEvents events)
    {
        if (TryOpen(launch, events) is { } opened)
        {
            using (opened.Descriptors)
            {
                Processes.Start(launch.Blueprint.Command!, opened.Descriptors.Theirs, opened.Channel);
            }
        }
    }

    /// <summary>Creates the channel of a worker that is about to start; returns null when that fails, which is reported.</summary>
    public OpenedChannel? TryOpen(WorkerStart launch, IWorkerEvents events)
    {
        try
        {
            bool portable = launch.Blueprint.Portable;
            var descriptors = ChannelDescriptors.Create(portable, portable ? null : TryCreatePage(launch.Blueprint.Rows));
            return new OpenedChannel(
                new PipeChannel(launch, events, Watcher, OutputWatcher, _threads, descriptors, _timers, _oomKills), descriptors);
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

    private Zygote ZygoteOf(WorkerStart launch)
    {
        lock (_gate)
        {
            if (!_zygotes.TryGetValue(launch.Blueprint, out Zygote? zygote))
            {
                zygote = new Zygote(launch.Blueprint, launch.Id.Pool, this, _time, _logger);
                _zygotes.Add(launch.Blueprint, zygote);
            }
            return zygote;
        }
    }

    private Zygote[] Zygotes()
    {
        lock (_gate)
        {
            return [.. _zygotes.Select(static entry => entry.Value)];
        }
    }

    private Scoreboard? TryCreatePage(int rows)
    {
        try
        {
            return Scoreboard.Create(rows);
        }
        catch (IOException e)
        {
            _onNoPage(e.Message);
            return null;
        }
    }
}
