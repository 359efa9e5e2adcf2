namespace Snakepit.Tests.Guides;

/// <summary>The C# of docs/http.md.</summary>
public static class HttpStatus
{
    // snippet: status
    public static int Of(Exception exception) => exception switch
    {
        ToolException e when e.Error.Is("ValueError") => 400,    // your tools decide which types mean a bad request
        ToolException e when e.Error.Is("ToolNotFound") => 500,  // a LookupError, too, but the mistake is in the C# code
        ToolException e when e.Error.Is("LookupError") => 404,
        PoolSaturatedException { Reason: SaturationReason.KeyQueueFull } => 429,
        InputQuarantinedException => 422,
        NestedCallDeadlockException => 503,
        SessionDataConflictException => 409,
        SessionLostException => 410,                             // what the session kept in its worker is gone
        CallTimeoutException => 504,
        OperationCanceledException => 499,                       // the client has gone; nothing is sent
        ObjectDisposedException => 503,                          // the application is shutting down
        SnakepitException { IsTransient: true } => 503,
        _ => 500,
    };

    public static TimeSpan? RetryAfter(Exception exception) => exception switch
    {
        CircuitOpenException e => e.RetryAfter,
        PoolSaturatedException e => e.ExpectedWait,
        _ => null,
    };
    // end snippet
}
