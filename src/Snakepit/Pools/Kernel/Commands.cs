namespace Snakepit.Pools.Kernel;

/// <summary>Routes commands to the part of the kernel that handles them.</summary>
internal sealed class Commands(
    PoolStatus status, Agenda agenda, Sessions sessions, SessionMoves moves, Replacements replacements, Sizing sizing,
    Changes changes, Planner planner, Shares shares, Taints taints, Closing closing)
{
    public void Apply(long now, in PoolCommand command, EffectList fx)
    {
        switch (command.Kind)
        {
            case CommandKind.Recycle:
                replacements.Request(now, command.Slot, fx);
                break;
            case CommandKind.CancelRecycle:
                replacements.CancelRequest(now, command.Slot);
                break;
            case CommandKind.Resize:
                sizing.Resize(now, command.Size, fx);
                break;
            case CommandKind.CodeChanged:
                changes.BeginCode(now, fx);
                break;
            case CommandKind.SetMemoryShort:
                status.IsMemoryShort = command.IsMemoryShort;
                planner.PlanAt = now;
                agenda.Staff = true;
                break;
            case CommandKind.SetAllowance when !status.IsClosing:
                shares.Take(now, new Allowance(command.Size, !command.IsMemoryShort, command.Replacements), fx);
                break;
            case CommandKind.Taint or CommandKind.TaintDevice:
                taints.TaintByOrder(now, command, fx);
                break;
            case CommandKind.LiftTaint when !status.IsClosing:
                taints.Lift(command.Slot);
                break;
            case CommandKind.EndSession:
                sessions.End(command.Session, fx);
                break;
            case CommandKind.CancelMove:
                moves.Cancel(command.Session);
                break;
            case CommandKind.Shutdown:
                closing.Begin(now, fx);
                break;
            case CommandKind.HurryShutdown when status.IsClosing:
                closing.Hurry(now, fx);
                break;
        }
    }
}
