using Microsoft.AspNetCore.Http;
using Snakepit.AspNetCore.Contract;

namespace Snakepit.AspNetCore.Admin;

/// <summary>Translates exceptions into RFC 9457 problems.</summary>
internal static class Problems
{
    private const string MediaType = "application/problem+json";

    public static IResult Of(ProblemInfo problem) =>
        TypedResults.Json(problem, ContractJson.Default.ProblemInfo, MediaType, problem.Status);

    public static ProblemInfo Describe(Exception error) => error switch
    {
        AdminException e => new ProblemInfo
        {
            Title = e.Title, Status = e.Status, Detail = e.Message, Near = e.Near.Count == 0 ? null : e.Near,
        },
        ToolException e => new ProblemInfo
        {
            Title = "The tool raised an exception.",
            Status = StatusCodes.Status422UnprocessableEntity,
            Detail = e.Message,
            ErrorType = e.Error.Type,
            Traceback = e.Error.Traceback,
        },
        BadHttpRequestException e => Problem("The request is malformed.", e.StatusCode, e),
        ArgumentException e => new ProblemInfo
        {
            Title = "An argument is not allowed.", Status = StatusCodes.Status400BadRequest, Detail = WithoutParameter(e),
        },
        CallTimeoutException e => Problem("The call took too long.", StatusCodes.Status504GatewayTimeout, e),
        InputQuarantinedException e => Problem("This input has killed workers.", StatusCodes.Status422UnprocessableEntity, e),
        WorkerLostException e => Problem("The worker died.", StatusCodes.Status502BadGateway, e),
        ObjectDisposedException => new ProblemInfo
        {
            Title = "The pools have stopped.", Status = StatusCodes.Status503ServiceUnavailable, Detail = "The host is shutting down.",
        },
        OperationCanceledException e => Problem("The call was cancelled.", StatusCodes.Status409Conflict, e),
        SnakepitException { IsTransient: true } e => Problem("The pool cannot do that now.", StatusCodes.Status503ServiceUnavailable, e),
        SnakepitException e => Problem("The pool cannot do that.", StatusCodes.Status409Conflict, e),
        _ => Problem("The request failed.", StatusCodes.Status500InternalServerError, error),
    };

    /// <summary>Returns the message without what .NET adds about the parameter of a method, which the sender of a request does not
    /// see.</summary>
    private static string WithoutParameter(ArgumentException error)
    {
        string message = Shown.Message(error);
        int added = message.IndexOf($" (Parameter '{error.ParamName}')", StringComparison.Ordinal);
        return added < 0 ? message : message[..added];
    }

    private static ProblemInfo Problem(string title, int status, Exception error) =>
        new() { Title = title, Status = status, Detail = Shown.Message(error) };
}
