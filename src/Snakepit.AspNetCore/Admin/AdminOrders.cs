using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Snakepit.AspNetCore.Contract;
using Snakepit.Values;

namespace Snakepit.AspNetCore.Admin;

/// <summary>Carries out the requests that change something. Each is logged with who has ordered it.</summary>
internal static class AdminOrders
{
    private static readonly TimeSpan s_longestDrain = TimeSpan.FromDays(49);

    public static async Task<IResult> RecycleAsync(string pool, HttpContext http, AdminService admin, CancellationToken cancellationToken)
    {
        IWorkerPool found = admin.Find(pool);
        RecycleOrder order = await OrderReader.ReadAsync(http, ContractJson.Default.RecycleOrder).ConfigureAwait(false);
        if (order is { Slot: not null, Worker: not null })
        {
            throw NotAllowed("Name a slot or a worker, not both.");
        }
        WorkerId? worker = order.Worker is { } id ? Parse(id, found) : null;
        string what = worker is { } one ? $"worker {one}" : order.Slot is { } slot ? $"slot {slot} of pool '{found.Name}'"
            : $"all workers of pool '{found.Name}'";
        CheckSlot(found, order.Slot);
        admin.Ordered(http, $"recycle {what}");
        bool waits = order.Wait ?? true;
        CancellationToken wait = waits ? cancellationToken : CancellationToken.None; // else the end of the request would skip slots
        Task<RecycleReport> recycling = worker is { } target ? found.RecycleAsync(target, wait) : found.RecycleAsync(order.Slot, wait);
        if (waits)
        {
            return TypedResults.Json(Describe.Recycle(await recycling.ConfigureAwait(false)), ContractJson.Default.RecycleInfo);
        }
        return await AcceptedAsync(recycling, admin, $"recycle {what}").ConfigureAwait(false);
    }

    public static async Task<JsonHttpResult<DoneInfo>> DrainAsync(string pool, HttpContext http, AdminService admin)
    {
        IWorkerPool found = admin.Find(pool);
        DrainOrder order = await OrderReader.ReadAsync(http, ContractJson.Default.DrainOrder).ConfigureAwait(false);
        CheckSlot(found, order.Slot);
        if (order.Seconds is { } seconds && !(seconds > 0 && seconds <= s_longestDrain.TotalSeconds))
        {
            throw NotAllowed($"seconds must be more than 0 and at most {s_longestDrain.TotalSeconds}.");
        }
        TimeSpan duration = order.Seconds is { } limit ? TimeSpan.FromSeconds(limit) : s_longestDrain;
        string until = order.Seconds is null ? "until it is resumed" : $"for {Shown.Duration(duration)}";
        admin.Ordered(http, $"drain slot {order.Slot} of pool '{found.Name}' {until}");
        found.Taint(order.Slot, duration);
        return Done($"Slot {order.Slot} of pool '{found.Name}' gets no calls {until}.", 1);
    }

    public static async Task<JsonHttpResult<DoneInfo>> ResumeAsync(string pool, HttpContext http, AdminService admin)
    {
        IWorkerPool found = admin.Find(pool);
        ResumeOrder order = await OrderReader.ReadAsync(http, ContractJson.Default.ResumeOrder).ConfigureAwait(false);
        CheckSlot(found, order.Slot);
        string what = order.Slot is { } slot ? $"slot {slot}" : "all slots";
        admin.Ordered(http, $"resume {what} of pool '{found.Name}'");
        int count = found.LiftTaint(order.Slot);
        return Done($"{Shown.Count(count, "slot")} of pool '{found.Name}' {(count == 1 ? "gets" : "get")} calls again.", count);
    }

    public static async Task<IResult> ResizeAsync(string pool, HttpContext http, AdminService admin, CancellationToken cancellationToken)
    {
        IWorkerPool found = admin.Find(pool);
        ResizeOrder order = await OrderReader.ReadAsync(http, ContractJson.Default.ResizeOrder).ConfigureAwait(false);
        string what = $"resize pool '{found.Name}' to {Shown.Count(order.Size, "worker")}";
        admin.Ordered(http, what);
        if (order.Wait ?? true)
        {
            await found.ResizeAsync(order.Size, cancellationToken).ConfigureAwait(false);
            return Done($"Pool '{found.Name}' has {Shown.Count(order.Size, "worker")}.", order.Size);
        }
        return await AcceptedAsync(found.ResizeAsync(order.Size, CancellationToken.None), admin, what).ConfigureAwait(false);
    }

    public static JsonHttpResult<DoneInfo> Cancel(string pool, string call, HttpContext http, AdminService admin)
    {
        IWorkerPool found = admin.Find(pool);
        if (!ulong.TryParse(call, out ulong number))
        {
            throw NotAllowed($"'{Shown.Text(call)}' is not the number of a call.");
        }
        admin.Ordered(http, $"cancel call {number} of pool '{found.Name}'");
        return found.CancelCall(number)
            ? Done($"Call {number} of pool '{found.Name}' was cancelled.", 1)
            : throw new AdminException(
                StatusCodes.Status404NotFound, "There is no such call.",
                $"Call {number} of pool '{found.Name}' has ended or was given up.");
    }

    public static async Task<JsonHttpResult<DoneInfo>> LiftQuarantineAsync(string pool, HttpContext http, AdminService admin)
    {
        IWorkerPool found = admin.Find(pool);
        LiftQuarantineOrder order = await OrderReader.ReadAsync(http, ContractJson.Default.LiftQuarantineOrder).ConfigureAwait(false);
        string what = order.Tool is { } tool ? $"inputs of tool '{Shown.Text(tool)}'" : "all inputs";
        admin.Ordered(http, $"let {what} of pool '{found.Name}' run again");
        int count = found.LiftQuarantine(order.Tool);
        return Done($"{Shown.Count(count, "input")} of pool '{found.Name}' may run again.", count);
    }

    public static async Task<JsonHttpResult<CallResultInfo>> CallAsync(
        string pool, HttpContext http, AdminService admin, CancellationToken cancellationToken)
    {
        IWorkerPool found = admin.Find(pool);
        CallOrder order = await OrderReader.ReadAsync(http, ContractJson.Default.CallOrder).ConfigureAwait(false);
        CheckTool(found, order.Tool);
        ToolArguments arguments = ArgumentsOf(order.Arguments);
        ToolCallOptions? options = order.TimeoutSeconds is { } seconds ? new ToolCallOptions { Timeout = TimeoutOf(seconds) } : null;
        admin.Ordered(http, $"call tool '{Shown.Text(order.Tool)}' of pool '{found.Name}'");
        long began = admin.Time.GetTimestamp();
        JsonElement result = await found.ExecuteAsync<JsonElement>(order.Tool, arguments, options, cancellationToken).ConfigureAwait(false);
        return TypedResults.Json(
            new CallResultInfo
            {
                Pool = found.Name,
                Tool = order.Tool,
                Result = result,
                DurationSeconds = admin.Time.GetElapsedTime(began).TotalSeconds,
            },
            ContractJson.Default.CallResultInfo);
    }

    /// <summary>Examines the machine and the pools, which starts processes.</summary>
    public static async Task<JsonHttpResult<DoctorInfo>> DoctorAsync(
        HttpContext http, AdminService admin, CancellationToken cancellationToken)
    {
        DoctorOrder order = await OrderReader.ReadAsync(http, ContractJson.Default.DoctorOrder).ConfigureAwait(false);
        admin.Ordered(http, "examine the machine and the pools");
        DoctorReport report = await admin.Snakepit.ExamineAsync(
            new DoctorOptions { LoadsAdapters = order.LoadsAdapters ?? true }, cancellationToken).ConfigureAwait(false);
        return TypedResults.Json(Describe.Doctor(report), ContractJson.Default.DoctorInfo);
    }

    private static JsonHttpResult<DoneInfo> Done(string done, int count) =>
        TypedResults.Json(new DoneInfo { Done = done, Count = count }, ContractJson.Default.DoneInfo);

    /// <summary>Answers at once, unless the order is refused at once. What comes of it is told by events; a failure is logged as
    /// well.</summary>
    private static async Task<JsonHttpResult<DoneInfo>> AcceptedAsync(Task work, AdminService admin, string order)
    {
        if (work.IsCompleted)
        {
            await work.ConfigureAwait(false);
        }
        _ = LogFailureAsync(work, admin, order);
        return TypedResults.Json(
            new DoneInfo { Done = $"Started: {order}." }, ContractJson.Default.DoneInfo, statusCode: StatusCodes.Status202Accepted);
    }

    private static async Task LogFailureAsync(Task work, AdminService admin, string order)
    {
        try
        {
            await work.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            admin.Logger.OrderFailed(order, Shown.Line(Shown.Message(error)));
        }
    }

    private static void CheckSlot(IWorkerPool pool, int? slot)
    {
        PoolSnapshot now = pool.GetSnapshot();
        int slots = Math.Max(now.Size, now.Workers.Select(static worker => worker.Id.Slot + 1).DefaultIfEmpty().Max());
        if (slot is < 0 || slot >= slots)
        {
            throw new AdminException(
                StatusCodes.Status404NotFound, "There is no such slot.",
                $"Pool '{pool.Name}' has no slot {slot}: its slots are 0 to {slots - 1}.");
        }
    }

    private static void CheckTool(IWorkerPool pool, string tool)
    {
        string[] names = [.. pool.Tools.Select(static one => one.Name)];
        if (names.Length > 0 && !names.Contains(tool, StringComparer.Ordinal))
        {
            throw new AdminException(
                StatusCodes.Status404NotFound, "There is no such tool.",
                $"Pool '{pool.Name}' has no tool '{Shown.Text(tool)}'.{NearName.Suggest(tool, names)} Its tools are: {Shown.Names(names)}.")
            {
                Near = [.. names.Where(name => NearName.IsNear(tool, name))],
            };
        }
    }

    /// <summary>Returns the worker of that name, which may have ended.</summary>
    private static WorkerId Parse(string text, IWorkerPool pool)
    {
        int slash = text.LastIndexOf('/'), hash = text.LastIndexOf('#');
        if (slash > 0 && hash > slash && int.TryParse(text.AsSpan(slash + 1, hash - slash - 1), out int slot)
            && int.TryParse(text.AsSpan(hash + 1), out int generation) && generation > 0)
        {
            CheckSlot(pool, slot);
            int newest = pool.GetSnapshot().Workers.Where(worker => worker.Id.Slot == slot)
                .Select(static worker => worker.Id.Generation).DefaultIfEmpty(int.MaxValue).Max();
            if (generation > newest)
            {
                throw new AdminException(
                    StatusCodes.Status404NotFound, "There is no such worker.",
                    $"There has been no worker {Shown.Text(text)} yet: the newest of slot {slot} is {pool.Name}/{slot}#{newest}.");
            }
            return new WorkerId { Pool = text[..slash], Slot = slot, Generation = generation };
        }
        throw NotAllowed($"'{Shown.Text(text)}' is no worker. Write pool, slot and generation, such as {pool.Name}/0#1.");
    }

    private static ToolArguments ArgumentsOf(JsonElement? arguments) => arguments switch
    {
        null or { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } => default,
        { ValueKind: JsonValueKind.Object } named when DoubledName.In(named) is { } twice =>
            throw NotAllowed($"Argument '{Shown.Line(Shown.Text(twice))}' is given twice."),
        { ValueKind: JsonValueKind.Object } named => ToolArguments.FromDictionary(
            named.EnumerateObject().ToDictionary(static one => one.Name, static one => (object?)one.Value)),
        { ValueKind: JsonValueKind.Array } list => ToolArguments.FromList(list.EnumerateArray()),
        _ => throw NotAllowed("arguments must be an object for arguments by name, or a list for arguments by position."),
    };

    private static TimeSpan TimeoutOf(double seconds) => seconds is >= 0.001 and <= 86_400 * 49
        ? TimeSpan.FromSeconds(seconds)
        : throw NotAllowed("timeoutSeconds must be from 0.001 to 4233600, which are 49 days.");

    private static AdminException NotAllowed(string detail) => OrderReader.NotAllowed(detail);
}
