using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>A kernel in a model world: clock, callers, workers and a shell that carries out effects the way the real one does.</summary>
internal sealed partial class SimPool
{
    private const int SpinLimit = 100;
    private const long HealTime = 3_000;
    private readonly Scenario _scenario;
    private readonly PlantedBug _bug;
    private readonly PoolKernel _kernel;
    private readonly Twin _twin;
    private readonly SimClock _clock = new();
    private readonly SimEvents _events = new();
    private readonly Ledger _ledger;
    private readonly Invariants _invariants;
    private readonly EffectList _fx = new();
    private PoolView _before = new();
    private PoolView _after = new();
    private PoolPlan _settings; // in force
    private int _lastBlueprint;
    private int _provenBlueprint;
    private bool _isRejected; // the last blueprint: the shell returns to the one before
    private int _ticksNow;
    private int _missing; // the number of looks that will not find what every worker needs
    private long _lookAt = long.MaxValue; // the time of the next such look
    private long _ticksAt;

    public SimPool(Scenario scenario, PlantedBug? bug = null)
    {
        _scenario = scenario;
        _settings = scenario.Plan;
        _faults = scenario.Faults;
        _bug = bug ?? new PlantedBug();
        PoolPlan plan = _bug.Plan(scenario.Plan);
        _kernel = new PoolKernel(plan, scenario.Seed);
        _twin = new Twin(scenario, _bug.Image);
        _ledger = new Ledger(scenario.Plan);
        _invariants = new Invariants(scenario.Plan, scenario.Faults == SimFaults.OfSlots ? slot => IsBroken(slot, scenario.Faults) : null);
        Trace = new Trace(scenario.Seed, plan, []);
        _kernel.CopyTo(_after);
    }

    public Trace Trace { get; }

    public bool IsStopped => _after.State == PoolState.Stopped;

    public void Start()
    {
        var random = SimRandom.For(_scenario.Seed, "start");
        _missing = _faults.Happens(SimFault.CannotStart, ref random) ? 1 + random.Below(4) : 0;
        Look();
    }

    /// <summary>Performs every event and every due Tick up to <paramref name="time"/>, in order.</summary>
    public void RunUntil(long time)
    {
        while (true)
        {
            long wake = NextTick();
            long next = Math.Min(Math.Min(_events.NextTime, wake), _lookAt);
            if (next > time)
            {
                break;
            }
            if (_lookAt == next)
            {
                _clock.AdvanceTo(next);
                Look();
            }
            else if (wake <= _events.NextTime)
            {
                TickAt(wake);
            }
            else
            {
                _clock.AdvanceTo(next);
                Happen(_events.Take());
            }
        }
        _clock.AdvanceTo(time);
    }

    /// <summary>
    /// Ends all faults, after which the pool must heal within a limit. Some settings replace workers all the time, so it looks repeatedly.
    /// </summary>
    public void Heal()
    {
        _faults = SimFaults.None;
        _adapterIsBroken = false;
        _missing = 0;
        Command(new PoolCommand(CommandKind.SetMemoryShort));
        Command(PoolCommand.Set(Allowance.First(sharesMemory: false, sharesReplacements: false)));
        Command(new PoolCommand(CommandKind.LiftTaint)); // some taints never end
        PoolPlan plan = _scenario.Plan;
        long replacement = plan.DrainTimeout + plan.BootTimeout + (3 * plan.KillTimeout) + 5_000;
        long limit = _clock.Now
            + (2 * (_after.Target + 1) * replacement)
            + (4 * plan.MaxBackoff)
            + plan.RestartWindow
            + plan.TaintTime
            + (2 * plan.CheckInterval)
            + plan.QueueTimeout
            + WorkerFate.LongestTurn;
        RunUntil(_clock.Now + HealTime);
        for (int look = 0; !_after.Closing && _invariants.IsIll(_after, _ledger) is { } illness; look++)
        {
            if (_clock.Now > limit)
            {
                throw new InvariantViolationException("L15_the_pool_heals_when_faults_end", illness);
            }
            RunUntil(_clock.Now + 13 + look);
        }
    }

    /// <summary>Shuts down, waits as long as that may take, and checks that nothing is left.</summary>
    public void Close()
    {
        Command(new PoolCommand(CommandKind.Shutdown));
        PoolPlan plan = _scenario.Plan;
        RunUntil(_clock.Now + plan.StopTimeout + (2 * plan.KillTimeout) + 1);
        IEnumerable<WorkerKey> alive = _workers.Values
            .Where(static w => w is { HasProcess: true, IsGone: false })
            .Select(static w => w.Key);
        Invariants.L17_after_the_end_nothing_is_left(_after, _ledger, [.. alive], _givenUp);
    }

    private long NextTick()
    {
        long wake = _kernel.NextWake;
        if (wake == long.MaxValue)
        {
            return wake;
        }
        var random = SimRandom.For(_scenario.Seed, "tick", wake);
        bool late = !_after.Closing && _faults.Happens(SimFault.TicksLate, ref random);
        return Math.Max(_clock.Now, wake + (late ? random.Between(1, 15) : 0));
    }

    private void TickAt(long time)
    {
        long early = _kernel.NextWake - _invariants.Grain;
        if (early > _clock.Now)
        {
            _clock.AdvanceTo(early);
            Invariants.A4_nothing_is_due_before_NextWake(Step(new KernelStep(StepKind.Tick, early)));
            return; // that tick may have changed what is due next
        }
        if (++_ticksNow > SpinLimit)
        {
            throw new InvariantViolationException(
                "A4_nothing_is_due_before_NextWake", $"ticks at {time} change nothing, and NextWake asks for more");
        }
        _clock.AdvanceTo(time);
        Step(new KernelStep(StepKind.Tick, time));
    }

    private Observation Step(KernelStep input)
    {
        _ticksNow = input.Kind == StepKind.Tick && input.Now == _ticksAt ? _ticksNow : 0;
        _ticksAt = input.Now;
        (_before, _after) = (_after, _before);
        _fx.Clear();
        Admission admission = Apply(input);
        _kernel.CopyTo(_after);
        List<Effect> effects = [.. _fx.Commands, .. _fx.Actions];
        Trace.Steps.Add(new TraceStep(input, admission, [.. effects]));
        _bug.Effects(input, effects, _before);
        _bug.View(input, _after, effects);
        if (input.Kind == StepKind.Reconfigure)
        {
            _ledger.Adopt(input.Now, _settings, _before.Closing);
            _invariants.Adopt(_settings);
        }
        _ledger.Observe(input, admission, effects, _before, _after);
        var observation = new Observation
        {
            Input = input,
            Admission = admission,
            Effects = effects,
            Before = _before,
            After = _after,
            Ledger = _ledger,
            NextWake = _kernel.NextWake,
        };
        _invariants.Check(observation);
        _ledger.Settle(_after);
        Perform(effects);
        if (_isRejected)
        {
            _isRejected = false;
            Reconfigure(_settings with { Blueprint = _provenBlueprint });
        }
        return observation;
    }

    private Admission Apply(KernelStep input)
    {
        try
        {
            if (_bug.Hears(input, _before) is not { } heard)
            {
                return default;
            }
            _twin.Meet(_kernel);
            StepAnswer answer = heard.Apply(_kernel, _fx);
            _twin.Follow(heard, answer, _fx, _kernel);
            if (!_kernel.IsConsistent())
            {
                throw new InvariantViolationException("A3_what_is_counted_is_what_is_there", input.ToString());
            }
            return answer.Admission;
        }
        catch (Exception e) when (e is not InvariantViolationException)
        {
            Trace.Steps.Add(new TraceStep(input, default, []));
            throw new InvariantViolationException("A3_the_kernel_never_throws", $"{input}: {e}");
        }
    }
}
