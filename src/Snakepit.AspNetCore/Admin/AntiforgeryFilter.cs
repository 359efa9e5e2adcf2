using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Snakepit.AspNetCore.Contract;

namespace Snakepit.AspNetCore.Admin;

/// <summary>Refuses orders without a valid antiforgery token, which another site cannot have.</summary>
internal sealed class AntiforgeryFilter(IAntiforgery antiforgery, AdminService admin) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        HttpContext http = context.HttpContext;
        try
        {
            await antiforgery.ValidateRequestAsync(http).ConfigureAwait(false);
        }
        catch (AntiforgeryValidationException error)
        {
            admin.Logger.Forged(http.Request.Method, Shown.Line(Shown.Text(http.Request.Path)));
            return Problems.Of(new ProblemInfo
            {
                Title = "The antiforgery token is missing or wrong.",
                Status = StatusCodes.Status400BadRequest,
                Detail = $"{error.Message} Get a token and its cookie from GET antiforgery, and send both with the order.",
            });
        }
        return await next(context).ConfigureAwait(false);
    }
}
