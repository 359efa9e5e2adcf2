using Microsoft.Diagnostics.Runtime;

namespace StackReport;

/// <summary>Prints the stack of every managed thread that has one.</summary>
internal static class ThreadStacks
{
    public static void Print(ClrRuntime runtime)
    {
        foreach (ClrThread thread in runtime.Threads.Where(static thread => thread.IsAlive))
        {
            List<string> frames = [.. thread.EnumerateStackTrace().Select(static frame => frame.Method?.Signature).OfType<string>()];
            if (frames.Count > 0)
            {
                Console.Error.WriteLine($"Thread {thread.ManagedThreadId} (0x{thread.OSThreadId:x})");
                frames.ForEach(static frame => Console.Error.WriteLine($"   at {frame}"));
            }
        }
    }
}
