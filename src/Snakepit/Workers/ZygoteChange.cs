namespace Snakepit.Workers;

/// <summary>What to do outside the lock after the start of a zygote.</summary>
/// <param name="Waiting">The launches that waited for it.</param>
/// <param name="Outdated">The zygote before it, which is to end.</param>
/// <param name="Replacing">The callbacks to call.</param>
internal sealed record ZygoteChange(List<WaitingLaunch> Waiting, IZygoteProcess? Outdated, List<Action> Replacing)
{
    public void Finish()
    {
        Outdated?.End();
        Replacing.ForEach(static onReplaced => onReplaced());
    }
}
