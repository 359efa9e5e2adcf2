namespace Snakepit.Threads;

/// <summary>
/// Starts threads without which their owners can go on for a while. .NET needs two free descriptors for a moment to start a thread. Without
/// them it throws <see cref="OutOfMemoryException"/>, which must not end the host on a thread that only wanted help.
/// </summary>
internal static class OptionalThread
{
    /// <returns>False when no thread can be started now.</returns>
    public static bool TryStart(ThreadStart run, int stack, string name)
    {
        try
        {
            new Thread(run, stack) { IsBackground = true, Name = name }.UnsafeStart();
            return true;
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
    }
}
