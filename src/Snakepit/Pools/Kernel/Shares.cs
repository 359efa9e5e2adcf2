namespace Snakepit.Pools.Kernel;

/// <summary>
/// Takes the pool's share of what all pools have together. What is missing starts, or waits, at the end of the step. Starts that have not
/// begun are withdrawn when there is no room for them any more.
/// </summary>
internal sealed class Shares(PoolStatus status, Agenda agenda, Roster roster, Retirements retirements, Planner planner)
{
    public void Take(long now, Allowance allowance, EffectList fx)
    {
        status.Allowance = allowance;
        planner.PlanAt = now;
        agenda.Staff = true;
        foreach (SlotNode slot in roster.Each(SlotFact.Starting))
        {
            bool hasRoom = slot.Current is null ? roster.CountTaken <= allowance.Workers : allowance.MayOverlap;
            if (!hasRoom && slot.Next is { HasBegun: false } next)
            {
                retirements.EndUnused(now, next, Reason.Resized, fx);
            }
        }
    }
}
