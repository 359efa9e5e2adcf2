namespace Snakepit.Tests.Guides;

/// <summary>Every exception that can end a call, by the first cell of its row in docs/http.md.</summary>
internal static class CallFailures
{
    public static IReadOnlyDictionary<string, Exception> All { get; } = Create();

    private static Dictionary<string, Exception> Create()
    {
        Dictionary<string, Exception> all = typeof(SnakepitException).Assembly.GetExportedTypes()
            .Where(static type => type.IsSubclassOf(typeof(SnakepitException)))
            .ToDictionary(static type => type.Name, static type => (Exception)Activator.CreateInstance(type, "", null)!);
        all["ToolException (ValueError)"] = Tool("ValueError");
        all["ToolException (LookupError)"] = Tool("KeyError", "LookupError");
        all["ToolException (ToolNotFound)"] = Tool("ToolNotFound", "LookupError");
        all["ToolException"] = Tool("RuntimeError");
        all["PoolSaturatedException (KeyQueueFull)"] = new PoolSaturatedException("") { Reason = SaturationReason.KeyQueueFull };
        all["WorkerLostException (transient)"] = new WorkerLostException("") { Execution = CallExecution.MayHaveRun, IsIdempotent = true };
        all["WorkerLostException"] = new WorkerLostException("") { Execution = CallExecution.MayHaveRun };
        all["OperationCanceledException"] = new OperationCanceledException();
        all["ObjectDisposedException"] = new ObjectDisposedException("pool");
        all["ArgumentException"] = new ArgumentException("");
        all["NotSupportedException"] = new NotSupportedException("");
        return all;
    }

    private static ToolException Tool(string type, params string[] bases) =>
        new("") { Error = new ToolError { Type = type, Message = "", Bases = [.. bases, "Exception", "BaseException"] } };
}
