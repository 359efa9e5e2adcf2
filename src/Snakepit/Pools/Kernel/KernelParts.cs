namespace Snakepit.Pools.Kernel;

/// <summary>
/// Creates and connects the parts of a kernel under one plan. Other settings make other parts, which take the state over.
/// </summary>
internal sealed class KernelParts
{
    private readonly Action<KernelImage>[] _state;

    public KernelParts(PoolPlan plan, ulong seed)
    {
        Plan = plan;
        var agenda = new Agenda();
        var status = new PoolStatus(plan);
        var quarantine = new Quarantine(plan);
        var paces = new Paces(plan);
        var availability = new Availability(plan, agenda, paces);
        Roster = new Roster(plan, status, agenda);
        Intake = new Intake(plan, status, agenda, Roster, paces, quarantine, new CallTable(), new Sessions(plan, agenda));
        var assignments = new Assignments(plan, Roster, Intake, paces, availability, quarantine);
        Assignments = assignments;
        var failures = new Failures(plan, status, agenda, Roster, seed);
        var moves = new SessionMoves(plan, status, agenda, Roster, availability, Intake);
        var retirements = new Retirements(plan, agenda, Intake, moves, availability, failures);
        var replacements = new Replacements(plan, status, agenda, Roster, availability, failures);
        var planner = new Planner(plan, status, agenda, Roster, replacements);
        var health = new Health(plan, Roster, assignments);
        var recycler = new Recycler(plan, status, agenda, Roster, availability, replacements, planner, retirements, health);
        var changes = new Changes(status, agenda, Roster, replacements, retirements, failures, quarantine);
        Starter = new Starter(plan, status, agenda, Roster, Intake, failures, replacements, recycler, retirements, changes, health);
        var taints = new Taints(plan, status, agenda, Roster, availability);
        Ends = new WorkerEnds(plan, status, agenda, Roster, Intake, availability, assignments, failures, retirements, Starter, taints);
        var limits = new Limits(plan, status, agenda, Roster, availability, replacements, Ends, retirements, failures);
        var sizing = new Sizing(plan, status, agenda, Roster, Intake, replacements, retirements, failures);
        var scaler = new Scaler(plan, status, agenda, Roster, Intake, sizing);
        var closing = new Closing(plan, status, agenda, Roster, Intake, assignments, retirements, limits);
        Dispatcher = new Dispatcher(plan, agenda, Roster, Intake, paces, availability, assignments, planner, retirements, moves);
        Running = new RunningCalls(
            plan, status, agenda, Intake, paces, availability, assignments, quarantine, failures, limits, replacements, Ends,
            retirements);
        Signals = new Signals(status, Starter, Ends, limits);
        Commands = new Commands(
            status, agenda, Intake.Sessions, moves, replacements, sizing, changes, planner,
            new Shares(status, agenda, Roster, retirements, planner), taints, closing);
        Timers = new WorkerTimers(
            plan, status, agenda, Roster, Intake, health, Starter, replacements, planner, limits, sizing, taints, Ends, closing,
            scaler);
        Settlement = new Settlement(
            status, agenda, Roster, Intake, moves, Dispatcher, failures, planner, sizing, recycler, Starter, closing, scaler);
        Adoption = new Adoption(plan, status, agenda, Roster, availability, assignments, replacements, planner, health, sizing, scaler,
            changes);
        Viewer = new KernelViewer(plan, status, Roster, Intake, planner, failures, quarantine, Ends, Settlement);
        _state =
        [
            status.Exchange, Roster.Exchange, image => availability.Exchange(image, Roster), // first, because calls refer to workers
            Intake.Exchange, moves.Exchange, assignments.Exchange, paces.Exchange, quarantine.Exchange, failures.Exchange,
            replacements.Exchange, planner.Exchange, Starter.Exchange, Ends.Exchange, closing.Exchange, scaler.Exchange,
            Settlement.Exchange, agenda.Exchange,
        ];
    }

    public PoolPlan Plan { get; }

    public Roster Roster { get; }

    public Intake Intake { get; }

    public Assignments Assignments { get; }

    public Dispatcher Dispatcher { get; }

    public RunningCalls Running { get; }

    public Starter Starter { get; }

    public WorkerEnds Ends { get; }

    public Signals Signals { get; }

    public Commands Commands { get; }

    public WorkerTimers Timers { get; }

    public Settlement Settlement { get; }

    public Adoption Adoption { get; }

    /// <summary>Copies the state for readers.</summary>
    public KernelViewer Viewer { get; }

    /// <summary>Returns parts with the same state under another plan.</summary>
    public KernelParts Under(PoolPlan plan)
    {
        var parts = new KernelParts(plan, seed: 0);
        var image = new KernelImage();
        image.Save(this);
        image.LoadInto(parts);
        return parts;
    }

    /// <summary>Saves or loads the state.</summary>
    public void Exchange(KernelImage image)
    {
        foreach (Action<KernelImage> exchange in _state)
        {
            exchange(image);
        }
    }
}
