using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;
using Snakepit.AspNetCore.Contract;

namespace Snakepit.AspNetCore.Admin;

/// <summary>Maps the endpoints of the administration: the same ones for web applications, the dashboard and the control socket.</summary>
internal static class AdminEndpoints
{
    public static void MapReads(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/host", static ([FromServices] AdminService admin) => AdminReads.Host(admin))
            .WithSummary("Who the host is.").Produces<HostInfo>();
        routes.MapGet("/pools", static ([FromServices] AdminService admin) => AdminReads.Pools(admin))
            .WithSummary("All pools, without their workers.").Produces<PoolList>();
        routes.MapGet("/pools/{pool}", static (string pool, [FromServices] AdminService admin) => AdminReads.Pool(pool, admin))
            .WithSummary("One pool with workers, tools, last deaths and options.").Produces<PoolInfo>().WithProblems();
        routes.MapGet("/workers", static (string? pool, [FromServices] AdminService admin) => AdminReads.Workers(pool, admin))
            .WithSummary("The workers of all pools, or of one.").Produces<WorkerList>().WithProblems();
        routes.MapGet(
                "/pools/{pool}/workers/{slot:int}/stacks",
                static (
                    string pool, int slot, string? generation, [FromServices] AdminService admin, CancellationToken cancellationToken) =>
                    AdminReads.StacksAsync(pool, slot, generation, admin, cancellationToken))
            .WithSummary("The Python stacks of a living worker.").Produces<StacksInfo>().WithProblems();
        routes.MapGet("/pools/{pool}/tools", static (string pool, [FromServices] AdminService admin) => AdminReads.Tools(pool, admin))
            .WithSummary("The tools of a pool, with counts and durations.").Produces<ToolList>().WithProblems();
        routes.MapGet("/pools/{pool}/trace", static (string pool, [FromServices] AdminService admin) => AdminReads.Trace(pool, admin))
            .WithSummary("The recent decisions of a pool, for a replay.").Produces<string>(contentType: "application/json").WithProblems();
        routes.MapGet("/budget", static ([FromServices] AdminService admin) => AdminReads.Budget(admin))
            .WithSummary("What the pools share.").Produces<BudgetInfo>();
        routes.MapGet(
                "/events",
                static (string? pool, string? state, [FromServices] AdminService admin, HttpContext http) =>
                    AdminReads.Events(pool, state, admin, http))
            .WithSummary("Events as they happen, and states every few seconds: server-sent events.")
            .Produces<EventInfo>(contentType: "text/event-stream").WithProblems();
    }

    public static void MapOrders(IEndpointRouteBuilder routes)
    {
        routes.MapPost(
                "/pools/{pool}/recycle",
                static (string pool, HttpContext http, [FromServices] AdminService admin, CancellationToken cancellationToken) =>
                    AdminOrders.RecycleAsync(pool, http, admin, cancellationToken))
            .WithSummary("Replaces the worker of a slot, one worker, or all.").WithOrder<RecycleOrder>().Produces<RecycleInfo>()
            .Produces<DoneInfo>(StatusCodes.Status202Accepted);
        routes.MapPost(
                "/pools/{pool}/drain",
                static (string pool, HttpContext http, [FromServices] AdminService admin) => AdminOrders.DrainAsync(pool, http, admin))
            .WithSummary("Gives a slot no calls for a time.").WithOrder<DrainOrder>().Produces<DoneInfo>();
        routes.MapPost(
                "/pools/{pool}/resume",
                static (string pool, HttpContext http, [FromServices] AdminService admin) => AdminOrders.ResumeAsync(pool, http, admin))
            .WithSummary("Gives slots calls again.").WithOrder<ResumeOrder>().Produces<DoneInfo>();
        routes.MapPost(
                "/pools/{pool}/resize",
                static (string pool, HttpContext http, [FromServices] AdminService admin, CancellationToken cancellationToken) =>
                    AdminOrders.ResizeAsync(pool, http, admin, cancellationToken))
            .WithSummary("Changes the number of workers.").WithOrder<ResizeOrder>().Produces<DoneInfo>()
            .Produces<DoneInfo>(StatusCodes.Status202Accepted);
        routes.MapPost(
                "/pools/{pool}/calls/{call}/cancel",
                static (string pool, string call, HttpContext http, [FromServices] AdminService admin) =>
                    AdminOrders.Cancel(pool, call, http, admin))
            .WithSummary("Cancels a call.").Produces<DoneInfo>().WithProblems();
        routes.MapPost(
                "/pools/{pool}/quarantine/lift",
                static (string pool, HttpContext http, [FromServices] AdminService admin) =>
                    AdminOrders.LiftQuarantineAsync(pool, http, admin))
            .WithSummary("Lets quarantined inputs run again.").WithOrder<LiftQuarantineOrder>().Produces<DoneInfo>();
        routes.MapPost(
                "/pools/{pool}/call",
                static (string pool, HttpContext http, [FromServices] AdminService admin, CancellationToken cancellationToken) =>
                    AdminOrders.CallAsync(pool, http, admin, cancellationToken))
            .WithSummary("Calls a tool.").WithOrder<CallOrder>().Produces<CallResultInfo>();
        routes.MapPost(
                "/doctor",
                static (HttpContext http, [FromServices] AdminService admin, CancellationToken cancellationToken) =>
                    AdminOrders.DoctorAsync(http, admin, cancellationToken))
            .WithSummary("Examines the machine and the pools.").WithOrder<DoctorOrder>().Produces<DoctorInfo>();
    }

    /// <summary>Maps what the pools were like before, which web applications keep.</summary>
    public static void MapHistory(IEndpointRouteBuilder routes) => routes.MapGet(
            "/history", static ([FromServices] PastStates past) => TypedResults.Json(past.Read(), ContractJson.Default.HistoryInfo))
        .WithSummary("What the pools were like in the last half hour, every ten seconds.").Produces<HistoryInfo>();

    /// <summary>Maps where a page gets the token for its orders.</summary>
    public static void MapAntiforgery(IEndpointRouteBuilder routes) => routes.MapGet(
            "/antiforgery",
            static (HttpContext http, [FromServices] IAntiforgery antiforgery) =>
            {
                AntiforgeryTokenSet tokens = antiforgery.GetAndStoreTokens(http);
                return TypedResults.Json(
                    new AntiforgeryInfo { Header = tokens.HeaderName!, Token = tokens.RequestToken! },
                    ContractJson.Default.AntiforgeryInfo);
            })
        .WithSummary("The token that orders carry, and its cookie.").Produces<AntiforgeryInfo>();

    /// <summary>Describes the body of an order. The handler checks its media type itself: routing would answer without a reason.</summary>
    private static RouteHandlerBuilder WithOrder<T>(this RouteHandlerBuilder endpoint)
        where T : notnull => endpoint.AddOpenApiOperationTransformer(static async (operation, context, cancellation) =>
        {
            string name = typeof(T).Name;
            context.Document!.AddComponent(name, await context.GetOrCreateSchemaAsync(typeof(T), null, cancellation).ConfigureAwait(false));
            operation.RequestBody = new OpenApiRequestBody
            {
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["application/json"] = new() { Schema = new OpenApiSchemaReference(name, context.Document) },
                },
            };
        }).WithProblems();

    private static RouteHandlerBuilder WithProblems(this RouteHandlerBuilder endpoint) => endpoint
        .Produces<ProblemInfo>(StatusCodes.Status400BadRequest, "application/problem+json")
        .Produces<ProblemInfo>(StatusCodes.Status404NotFound, "application/problem+json");
}
