namespace Snakepit.Testing;

/// <summary>
/// Runs the actions of workers one after another on a thread: an action that a worker triggers in another worker runs after its own, not
/// inside it. A long chain of replies and calls would otherwise overflow the stack.
/// </summary>
internal static class Turns
{
    [ThreadStatic]
    private static Queue<FakeWorker>? t_waiting;

    public static void Take(FakeWorker worker)
    {
        if (t_waiting is { } waiting)
        {
            waiting.Enqueue(worker);
            return;
        }
        t_waiting = waiting = new Queue<FakeWorker>();
        try
        {
            for (FakeWorker? next = worker; next is not null; next = waiting.TryDequeue(out FakeWorker? other) ? other : null)
            {
                next.Act();
            }
        }
        finally
        {
            t_waiting = null;
        }
    }
}
