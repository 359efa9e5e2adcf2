using Microsoft.AspNetCore.Diagnostics;
using Snakepit;

namespace SnakepitWeb;

/// <summary>Answers a request whose call failed with a fitting HTTP status and problem details.</summary>
internal sealed class SnakepitExceptionHandler(
    IProblemDetailsService problems, IHostEnvironment environment, ILogger<SnakepitExceptionHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not (SnakepitException or ObjectDisposedException or BadHttpRequestException))
        {
            return false;
        }
        (int status, string title) = exception switch
        {
            BadHttpRequestException e => (e.StatusCode, e.Message),
            ToolException e when e.Error.Is("ValueError") => (400, e.Error.Message), // your tools decide which types mean a bad request
            // A LookupError as well, but the mistake is in this program.
            ToolException e when e.Error.Is("ToolNotFound") => (500, "The call failed."),
            ToolException e when e.Error.Is("LookupError") => (404, e.Error.Message),
            PoolSaturatedException { Reason: SaturationReason.KeyQueueFull } => (429, "Too many calls of this tenant wait."),
            InputQuarantinedException => (422, "This input has crashed workers."),
            NestedCallDeadlockException => (503, "All workers wait for each other."),
            SessionDataConflictException => (409, "The data of the session has changed meanwhile. Read it again."),
            SessionLostException => (410, "The session is lost. Begin another one."),
            CallTimeoutException => (504, "The call took too long."),
            ObjectDisposedException => (503, "The service is shutting down."),
            SnakepitException { IsTransient: true } => (503, "The service cannot take the call now."),
            _ => (500, "The call failed."),
        };
        if (status >= 500)
        {
            logger.LogError(exception, "{Title}", title);
        }
        TimeSpan? retryAfter = exception switch
        {
            CircuitOpenException e => e.RetryAfter,
            PoolSaturatedException e => e.ExpectedWait,
            _ => null,
        };
        if (retryAfter is { } wait)
        {
            httpContext.Response.Headers.RetryAfter = $"{Math.Ceiling(wait.TotalSeconds)}";
        }
        httpContext.Response.StatusCode = status;
        return await problems.TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = httpContext,
            Exception = exception,
            ProblemDetails = { Status = status, Title = title, Detail = environment.IsDevelopment() ? exception.Message : null },
        });
    }
}
