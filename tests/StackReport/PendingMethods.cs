using Microsoft.Diagnostics.Runtime;

namespace StackReport;

/// <summary>Prints the async methods that have not ended. No thread's stack shows them, but their state is on the heap.</summary>
internal static class PendingMethods
{
    private const string Box = "AsyncStateMachineBox<"; // a method's Task and its locals; garbage not yet collected is printed too
    private const string OfInterest = "Snakepit.";
    private const int Completed = 0x1600000; // Task.TASK_STATE_COMPLETED_MASK

    public static void Print(ClrHeap heap)
    {
        if (!heap.CanWalkHeap)
        {
            Console.Error.WriteLine("Async methods cannot be told: the process was stopped within a garbage collection.");
            return;
        }
        Console.Error.WriteLine("Async methods that have not ended");
        IEnumerable<IGrouping<string, ClrObject>> methods = heap.EnumerateObjects()
            .Where(IsPending)
            .GroupBy(Describe)
            .OrderBy(static method => method.Key, StringComparer.Ordinal);
        foreach (IGrouping<string, ClrObject> method in methods)
        {
            Console.Error.WriteLine($"   {method.Count()} x {method.Key}");
        }
    }

    private static bool IsPending(ClrObject candidate) =>
        candidate.Type?.Name is { } name
        && name.Contains(Box, StringComparison.Ordinal)
        && name.Contains(OfInterest, StringComparison.Ordinal)
        && (candidate.ReadField<int>("m_stateFlags") & Completed) == 0;

    private static string Describe(ClrObject box)
    {
        string name = box.Type!.Name!;
        return name[(name.IndexOf(Box, StringComparison.Ordinal) + Box.Length)..^1];
    }
}
