using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Snakepit.AspNetCore.Contract;

namespace Snakepit.AspNetCore.Admin;

/// <summary>Answers the requests that change nothing.</summary>
internal static class AdminReads
{
    public static JsonHttpResult<HostInfo> Host(AdminService admin) => TypedResults.Json(admin.Host, ContractJson.Default.HostInfo);

    public static JsonHttpResult<PoolList> Pools(AdminService admin) => TypedResults.Json(
        new PoolList { Pools = [.. Names(admin).Select(name => Describe.Pool(admin.Snakepit.GetPool(name).GetSnapshot()))] },
        ContractJson.Default.PoolList);

    /// <summary>Returns everything about a pool.</summary>
    public static JsonHttpResult<PoolInfo> Pool(string pool, AdminService admin)
    {
        IWorkerPool found = admin.Find(pool);
        PoolSnapshot now = found.GetSnapshot();
        return TypedResults.Json(
            Describe.Pool(now) with
            {
                Workers = [.. now.Workers.Select(Describe.Worker)],
                Tools = [.. found.GetToolStatistics().Select(Describe.Tool)],
                Deaths = [.. now.LastDeaths.Select(Describe.Death)],
                Options = now.Options,
            },
            ContractJson.Default.PoolInfo);
    }

    /// <summary>Returns the workers of one pool, or of all.</summary>
    public static JsonHttpResult<WorkerList> Workers(string? pool, AdminService admin)
    {
        IEnumerable<IWorkerPool> pools = pool is null ? Names(admin).Select(admin.Snakepit.GetPool) : [admin.Find(pool)];
        return TypedResults.Json(
            new WorkerList { Workers = [.. pools.SelectMany(static one => one.GetSnapshot().Workers).Select(Describe.Worker)] },
            ContractJson.Default.WorkerList);
    }

    public static JsonHttpResult<ToolList> Tools(string pool, AdminService admin)
    {
        IWorkerPool found = admin.Find(pool);
        return TypedResults.Json(new ToolList { Pool = found.Name, Tools = Describe.Tools(found) }, ContractJson.Default.ToolList);
    }

    public static JsonHttpResult<BudgetInfo> Budget(AdminService admin) =>
        TypedResults.Json(Describe.Budget(admin.Snakepit.GetBudget()), ContractJson.Default.BudgetInfo);

    /// <summary>Returns the recent decisions of a pool, as <see cref="IWorkerPool.DumpTrace"/> does.</summary>
    public static ContentHttpResult Trace(string pool, AdminService admin) =>
        TypedResults.Text(admin.Find(pool).DumpTrace(), "application/json");

    /// <summary>Returns where the worker is that serves in a slot now, or a worker of a given generation.</summary>
    public static async Task<JsonHttpResult<StacksInfo>> StacksAsync(
        string pool, int slot, string? generation, AdminService admin, CancellationToken cancellationToken)
    {
        IWorkerPool found = admin.Find(pool);
        WorkerSnapshot worker = Find(found, slot, GenerationOf(generation));
        string stacks = await found.ReadStacksAsync(worker.Id, cancellationToken).ConfigureAwait(false) ?? throw new AdminException(
            StatusCodes.Status409Conflict, "The worker shows no stacks.",
            $"Worker {worker.Id} is {Describe.Word(worker.State)} and wrote no stacks. It may be starting, ending or stopped by a signal, "
            + "or run without the page that it shares with the host: outside Linux, and with Transport.Portable.");
        return TypedResults.Json(
            new StacksInfo { Worker = worker.Id.ToString(), Pid = worker.Pid, Stacks = stacks }, ContractJson.Default.StacksInfo);
    }

    /// <summary>Returns events as they happen, and states of the pools if the reader wants them.</summary>
    public static IResult Events(string? pool, string? state, AdminService admin, HttpContext http)
    {
        string? name = pool is null ? null : admin.Find(pool).Name;
        http.Response.Headers[HeaderNames.CacheControl] = "no-cache, no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no"; // nginx would keep events back
        return TypedResults.ServerSentEvents(new EventFeed(admin, name, PaceOf(state)).ReadAsync(http.RequestAborted));
    }

    private static TimeSpan? PaceOf(string? seconds) => seconds is null
        ? null
        : double.TryParse(seconds, NumberStyles.Float, CultureInfo.InvariantCulture, out double pace) && pace is >= 0.1 and <= 3_600
            ? TimeSpan.FromSeconds(pace)
            : throw NotAllowed("state is the time between two states, from 0.1 to 3600 seconds.");

    private static int? GenerationOf(string? text) => text is null
        ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int generation)
            ? generation
            : throw NotAllowed("generation is the number behind the # of a worker, such as 17 of text/3#17.");

    private static AdminException NotAllowed(string detail) =>
        new(StatusCodes.Status400BadRequest, "An argument is not allowed.", detail);

    private static WorkerSnapshot Find(IWorkerPool pool, int slot, int? generation)
    {
        PoolSnapshot now = pool.GetSnapshot();
        WorkerSnapshot[] there = [.. now.Workers.Where(worker => worker.Id.Slot == slot)];
        return there.Where(worker => generation is null || worker.Id.Generation == generation)
            .MinBy(static worker => worker.State is WorkerState.Serving or WorkerState.Exhausted ? 0 : 1)
            ?? throw new AdminException(
                StatusCodes.Status404NotFound, "There is no such worker.",
                $"Pool '{pool.Name}' has no worker {slot}{(generation is null ? "" : $"#{generation}")}. "
                + (there.Length > 0 ? $"In slot {slot}: {string.Join(", ", there.Select(static worker => worker.Id))}."
                    : $"Its workers: {Shown.Names(now.Workers.Select(static worker => worker.Id.ToString()))}."));
    }

    private static IOrderedEnumerable<string> Names(AdminService admin) =>
        admin.Snakepit.PoolNames.Order(StringComparer.OrdinalIgnoreCase);
}
