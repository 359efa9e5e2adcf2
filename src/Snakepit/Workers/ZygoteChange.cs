namespace Snakepit.Workers;

/// <summary>What is to be done, outside of the lock, when the start of a zygote is over.</summary>
/// <param name="Waiting">The launches that have waited for it.</param>
/// <param name="Outdated">The zygote before it, which is to end.</param>
/// <param name="Replacing">To be told.</param>
internal sealed record ZygoteChange(List<WaitingLaunch> Waiting, IZygoteProcess? Outdated, List<Action> Replacing)
{
    public void Finish()
    {
        Outdated?.End();
        Replacing.ForEach(static onReplaced => onReplaced());
    }
}
