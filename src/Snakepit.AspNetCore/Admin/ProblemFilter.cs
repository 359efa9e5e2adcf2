using Microsoft.AspNetCore.Http;
using Snakepit.AspNetCore.Contract;

namespace Snakepit.AspNetCore.Admin;

/// <summary>Answers requests that fail with a problem, and logs orders that do.</summary>
internal sealed class ProblemFilter(AdminService admin) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        HttpContext http = context.HttpContext;
        try
        {
            return await next(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return Results.Empty; // nobody reads the answer
        }
        catch (Exception error)
        {
            ProblemInfo problem = Problems.Describe(error);
            if (AdminService.OrderOf(http) is { } order)
            {
                admin.Logger.OrderFailed(order, Shown.Line(problem.Detail ?? problem.Title));
            }
            if (problem.Status == StatusCodes.Status500InternalServerError)
            {
                admin.Logger.RequestFailed(error, http.Request.Method, Shown.Line(Shown.Text(http.Request.Path)));
            }
            return Problems.Of(problem);
        }
    }
}
