using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>
/// A model of a worker process. It receives commands in order, after a delay, and behaves as its fate and the fates of its calls say.
/// </summary>
internal sealed class SimWorker(
    WorkerKey key,
    WorkerFate fate,
    int capacity,
    Func<CallKey, CallFate> fateOf,
    SimClock clock,
    SimEvents events)
{
    private const int LaunchFailure = 1;
    private const int SetupError = 2;
    private const int Crash = 11;
    private const int Killed = 9;
    private const ulong CommittedOneIn = 3;
    private const long RaceTime = 2; // from the end of a call to the arrival of the worker's message about it
    private readonly Queue<Effect> _inbox = new();
    private readonly List<(CallKey Call, long Since)> _running = [];
    private readonly Queue<CallKey> _waiting = new(); // calls in its channel that it has not begun
    private readonly HashSet<CallKey> _cancelled = [];
    private readonly Queue<(long Time, KernelStep Word)> _words = new(); // its messages to the host, in order
    private long _lastDelivery;
    private bool _hasBegun;
    private bool _exiting;
    private long _freezesAt = long.MaxValue;
    private bool _owesPong;

    public WorkerKey Key { get; } = key;

    public WorkerFate Fate { get; } = fate;

    public bool HasProcess { get; private set; }

    public bool IsGone { get; private set; }

    private bool IsFrozen => clock.Now >= _freezesAt;

    public void Launch() => events.Add(clock.Now + Fate.TurnTime, new SimEvent(SimEventKind.Begin, Key));

    /// <summary>Begins the start, whose turn has come. Returns the input that the kernel gets at once, or null.</summary>
    public KernelStep? Begin()
    {
        if (IsGone)
        {
            return null;
        }
        _hasBegun = true;
        events.Add(clock.Now + Fate.LaunchTime, new SimEvent(SimEventKind.Spawn, Key));
        return Signal(SignalKind.Begun);
    }

    /// <summary>Starts the process, or fails to. Returns the input that the kernel gets at once, or null.</summary>
    public KernelStep? Spawn()
    {
        if (Fate.LaunchFails)
        {
            IsGone = true;
            return Signal(SignalKind.LaunchFailed) with { Note = new EndNote(LaunchFailure, Fate.LosesLauncher) };
        }
        HasProcess = true;
        if (Fate.DiesAtBoot)
        {
            ExitAfter(Fate.BootTime / 2);
        }
        else if (!Fate.BootHangs)
        {
            events.Add(clock.Now + Fate.BootTime, new SimEvent(SimEventKind.Boot, Key));
        }
        KernelStep launched = Signal(SignalKind.Launched);
        if (Fate.ReadyOvertakesLaunched)
        {
            events.Add(clock.Now + Fate.BootTime + 2, new SimEvent(SimEventKind.News, Key, News: launched));
            return null;
        }
        return launched;
    }

    public KernelStep? Boot()
    {
        if (_exiting || IsGone)
        {
            return null;
        }
        if (Fate.BootFails)
        {
            ExitAfter(Fate.StopTime);
            return Fate.ReadyOvertakesLaunched ? null : Signal(SignalKind.LaunchFailed) with { Note = new EndNote(SetupError) };
        }
        if (Fate.Life != long.MaxValue)
        {
            events.Add(clock.Now + Fate.Life, new SimEvent(SimEventKind.Exit, Key));
        }
        _freezesAt = Fate.FreezesAfter == long.MaxValue ? long.MaxValue : clock.Now + Fate.FreezesAfter;
        return Signal(SignalKind.Ready) with
        {
            CanRecall = !Fate.CannotRecall, CanCheck = !Fate.CannotBeChecked, CanMove = Fate.CanMove, Device = Fate.Device,
        };
    }

    public void Accept(in Effect command, long delay)
    {
        _inbox.Enqueue(command);
        _lastDelivery = Math.Max(_lastDelivery, clock.Now + delay);
        events.Add(_lastDelivery, new SimEvent(SimEventKind.Deliver, Key));
    }

    public void Deliver()
    {
        Effect command = _inbox.Dequeue();
        switch (command.Kind)
        {
            case EffectKind.Send when !IsGone:
                _waiting.Enqueue(command.Call);
                BeginNext(0);
                break;
            case EffectKind.Recall when !IsGone:
                Recall();
                break;
            case EffectKind.Cancel when !Fate.IgnoresCancel:
                _cancelled.Add(command.Call);
                if (_running.Exists(run => run.Call == command.Call))
                {
                    FinishAfter(fateOf(command.Call).CancelTime, command.Call);
                }
                break;
            case EffectKind.Ping when !IsFrozen && !IsGone:
                AnswerPing();
                break;
            case EffectKind.Stop when !Fate.IgnoresStop && !_exiting && !IsGone && !IsFrozen:
                ExitAfter(Fate.StopTime);
                break;
        }
    }

    /// <summary>Ends the run of a call, unless it has ended before or the worker has died.</summary>
    public void Finish(CallKey call)
    {
        int index = _running.FindIndex(run => run.Call == call);
        if (index >= 0 && !_exiting && !IsGone && !IsFrozen)
        {
            End(index, 0);
            BeginNext(0);
            if (_owesPong)
            {
                AnswerPing();
            }
        }
    }

    public void Terminate()
    {
        if (!Fate.IgnoresTerminate && !IsFrozen)
        {
            ExitAfter(Fate.StopTime);
        }
    }

    /// <summary>Stops serving. A worker that dies while it drains dies among its last calls.</summary>
    public void Drain(long delay)
    {
        if (Fate.DiesDraining)
        {
            events.Add(clock.Now + delay, new SimEvent(SimEventKind.Exit, Key));
        }
    }

    /// <summary>
    /// Kills the process. Without a process the order is lost, but a start that still waits for its turn is given up.
    /// </summary>
    public void Kill()
    {
        if (HasProcess)
        {
            ExitAfter(Fate.KillTime);
        }
        else if (!_hasBegun)
        {
            events.Add(clock.Now, new SimEvent(SimEventKind.Exit, Key));
        }
    }

    /// <summary>Ends the process. The host reads all its messages before the exit.</summary>
    public void Exit(bool byOutsider = false)
    {
        if (!IsGone)
        {
            IsGone = true;
            foreach (CallKey call in _running.Select(static run => run.Call).Where(static call => call.Value % CommittedOneIn == 0))
            {
                Say(new KernelStep(StepKind.Commit, clock.Now) { Worker = Key, Call = call }, 0); // its caller has seen an item
            }
            var exited = new KernelStep(StepKind.Exited, clock.Now)
            {
                Worker = Key,
                Begun = [.. _running.Select(static run => run.Call)],
                Note = byOutsider ? new EndNote(Killed, IsForeign: true) : new EndNote(Crash, Taints: Fate.DeathTaints),
            };
            Say(exited, 0);
        }
    }

    /// <summary>Takes its next message that has arrived, or returns null.</summary>
    public KernelStep? TakeWord() =>
        _words.TryPeek(out (long Time, KernelStep Word) next) && (IsGone || next.Time <= clock.Now)
            ? _words.Dequeue().Word with { Now = clock.Now }
            : null;

    private void BeginNext(long delay)
    {
        while (!_exiting && !IsGone && _running.Count < capacity && _waiting.TryDequeue(out CallKey call))
        {
            CallFate fate = fateOf(call);
            if (fate.KillsWorkerBeforeBegin)
            {
                ExitAfter(0);
                return;
            }
            _running.Add((call, clock.Now));
            if (fate.KillsWorker)
            {
                events.Add(clock.Now + (fate.RunTime / 2), new SimEvent(SimEventKind.Exit, Key));
            }
            if (!fate.Hangs)
            {
                FinishAfter(fate.RunTime + delay, call);
            }
            if (_cancelled.Contains(call))
            {
                FinishAfter(fate.CancelTime + delay, call);
            }
        }
    }

    /// <summary>
    /// Gives back the calls that have not begun. In a race the worker comes to the next call at that very moment, and the host leaves
    /// that call to it. The worker then begins the call, or has seen the recall too and skips the call.
    /// </summary>
    private void Recall()
    {
        bool races = Fate.RecallRaces
            && !IsFrozen
            && !_exiting
            && _waiting.Count > 0
            && _running.Count == 1
            && !fateOf(_running[0].Call).Hangs;
        CallKey first = races ? _waiting.Dequeue() : default;
        foreach (CallKey call in _waiting)
        {
            Say(Recalled(call), 0);
        }
        _waiting.Clear();
        if (!races)
        {
            return;
        }
        End(0, RaceTime);
        if (Fate.SkipsInRace)
        {
            Say(Recalled(first), RaceTime);
        }
        else
        {
            _waiting.Enqueue(first);
            BeginNext(RaceTime);
        }
    }

    private void End(int index, long delay)
    {
        (CallKey call, long since) = _running[index];
        _running.RemoveAt(index);
        var replied = new KernelStep(StepKind.Replied, clock.Now)
        {
            Worker = Key,
            Call = call,
            RunTime = clock.Now - since,
            Failed = fateOf(call).Fails,
        };
        Say(replied, delay);
    }

    private void AnswerPing()
    {
        _owesPong = _running.Exists(run => fateOf(run.Call).HoldsInterpreter);
        if (!_owesPong)
        {
            events.Add(clock.Now + Fate.PongTime, new SimEvent(SimEventKind.News, Key, News: Signal(SignalKind.Pong)));
        }
    }

    private KernelStep Recalled(CallKey call) => new(StepKind.Recalled, clock.Now) { Worker = Key, Call = call };

    private void Say(KernelStep word, long delay)
    {
        _words.Enqueue((clock.Now + delay, word));
        events.Add(clock.Now + delay, new SimEvent(SimEventKind.Word, Key));
    }

    private void FinishAfter(long delay, CallKey call) => events.Add(clock.Now + delay, new SimEvent(SimEventKind.Reply, Key, call));

    private void ExitAfter(long delay)
    {
        _exiting = true;
        events.Add(clock.Now + delay, new SimEvent(SimEventKind.Exit, Key));
    }

    private KernelStep Signal(SignalKind kind) => new(StepKind.Signal, clock.Now) { Worker = Key, Signal = kind };
}
