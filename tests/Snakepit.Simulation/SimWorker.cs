using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>A model of a worker process: it gets commands in order, after a while, and behaves as its fate and its calls' fates say.</summary>
internal sealed class SimWorker(WorkerKey key, WorkerFate fate, SimClock clock, SimEvents events)
{
    private readonly Queue<Effect> _inbox = new();
    private readonly List<CallKey> _running = [];
    private long _lastDelivery;
    private bool _exiting;

    public WorkerKey Key { get; } = key;

    public WorkerFate Fate { get; } = fate;

    public bool HasProcess { get; private set; }

    public bool IsGone { get; private set; }

    /// <summary>The calls it has begun and not answered.</summary>
    public IReadOnlyList<CallKey> Running => _running;

    public void Launch() => events.Add(clock.Now + Fate.LaunchTime, new SimEvent(SimEventKind.Spawn, Key));

    /// <summary>What the kernel hears at once; null when nothing.</summary>
    public KernelStep? Spawn()
    {
        if (Fate.LaunchFails)
        {
            IsGone = true;
            return Signal(SignalKind.LaunchFailed);
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
            return Fate.ReadyOvertakesLaunched ? null : Signal(SignalKind.LaunchFailed);
        }
        if (Fate.Life != long.MaxValue)
        {
            events.Add(clock.Now + Fate.Life, new SimEvent(SimEventKind.Exit, Key));
        }
        return Signal(SignalKind.Ready);
    }

    public void Accept(in Effect command, long delay)
    {
        _inbox.Enqueue(command);
        _lastDelivery = Math.Max(_lastDelivery, clock.Now + delay);
        events.Add(_lastDelivery, new SimEvent(SimEventKind.Deliver, Key));
    }

    public void Deliver(Func<CallKey, CallFate> fateOf)
    {
        Effect command = _inbox.Dequeue();
        if (IsGone || _exiting)
        {
            return;
        }
        switch (command.Kind)
        {
            case EffectKind.Send:
                Begin(command.Call, fateOf(command.Call));
                break;
            case EffectKind.Cancel when _running.Contains(command.Call) && !Fate.IgnoresCancel:
                events.Add(clock.Now + fateOf(command.Call).CancelTime, new SimEvent(SimEventKind.Reply, Key, command.Call));
                break;
            case EffectKind.Stop when !Fate.IgnoresStop:
                ExitAfter(Fate.StopTime);
                break;
        }
    }

    /// <summary>False when there is nothing to answer: the call was answered before, or its worker has died.</summary>
    public bool Reply(CallKey call) => !IsGone && !_exiting && _running.Remove(call);

    public void Terminate()
    {
        if (!Fate.IgnoresTerminate)
        {
            ExitAfter(Fate.StopTime);
        }
    }

    /// <summary>Without a process there is nothing to kill: an order that comes too early is lost.</summary>
    public void Kill()
    {
        if (HasProcess)
        {
            ExitAfter(Fate.KillTime);
        }
    }

    public KernelStep? Exit()
    {
        if (IsGone)
        {
            return null;
        }
        IsGone = true;
        return new KernelStep(StepKind.Exited, clock.Now) { Worker = Key, Begun = [.. _running] };
    }

    private void Begin(CallKey call, CallFate fate)
    {
        if (fate.KillsWorkerBeforeBegin)
        {
            ExitAfter(0);
            return;
        }
        _running.Add(call);
        if (fate.KillsWorker)
        {
            events.Add(clock.Now + (fate.RunTime / 2), new SimEvent(SimEventKind.Exit, Key));
        }
        if (!fate.Hangs)
        {
            events.Add(clock.Now + fate.RunTime, new SimEvent(SimEventKind.Reply, Key, call));
        }
    }

    private void ExitAfter(long delay)
    {
        _exiting = true;
        events.Add(clock.Now + delay, new SimEvent(SimEventKind.Exit, Key));
    }

    private KernelStep Signal(SignalKind kind) => new(StepKind.Signal, clock.Now) { Worker = Key, Signal = kind };
}
