namespace Snakepit.Pools;

/// <summary>Reads the state of the pool that messages of exceptions mention.</summary>
internal sealed class FactsReader(PoolCore core, DeathBook deaths, DefectCount defects, SuspectInputs inputs, Shutdown shutdown)
{
    /// <summary>Reads the facts for an outcome. Takes the lock only when the message mentions any.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <param name="input">The hash of the call's input.</param>
    public PoolFacts Read(Outcome outcome, ulong input) => !PoolFacts.AreTold(outcome) ? PoolFacts.None : core.Locked(
        (reader: this, input),
        static x => x.reader.Read_NeedsLock(x.input));

    private PoolFacts Read_NeedsLock(ulong input) => new(
        core.Kernel.CountTainted(-1), core.Kernel.ServingCount > 0, deaths.LastStartFailure, defects.Last, shutdown.NeverStarts,
        input == 0 ? null : inputs.Find_NeedsLock(input));
}
