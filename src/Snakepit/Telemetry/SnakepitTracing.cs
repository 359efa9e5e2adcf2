using System.Diagnostics;

namespace Snakepit.Telemetry;

/// <summary>Creates the spans of calls, of the host tools that they call, and of workers.</summary>
internal static class SnakepitTracing
{
    private static readonly ActivitySource s_source = new(TelemetryNames.ActivitySource);

    /// <summary>When false, no spans are recorded, and none need be started.</summary>
    public static bool HasListeners => s_source.HasListeners();

    /// <summary>The span that a worker may continue: the present one, if spans are recorded and it can be passed on.</summary>
    public static Activity? Current =>
        s_source.HasListeners() && Activity.Current is { IdFormat: ActivityIdFormat.W3C } span ? span : null;

    /// <summary>Starts a call's span; returns null when it is not recorded.</summary>
    public static Activity? StartCall(string pool, string tool)
    {
        if (!s_source.HasListeners())
        {
            return null;
        }
        string method = $"{pool}/{tool}";
        ActivityTagsCollection tags = new()
        {
            [TelemetryNames.RpcSystem] = TelemetryNames.SystemName,
            [TelemetryNames.RpcMethod] = method,
            [TelemetryNames.PoolAttribute] = pool,
        };
        return Named(s_source.StartActivity(TelemetryNames.CallActivity, ActivityKind.Client, parentContext: default, tags), method);
    }

    /// <summary>Starts the span of a host tool's call; returns null when it is not recorded.</summary>
    /// <param name="pool">The pool whose worker calls it.</param>
    /// <param name="tool">The tool's name.</param>
    /// <param name="parent">The trace context of the span in Python that it is below; null for the present span.</param>
    public static Activity? StartHostTool(string pool, string tool, string? parent)
    {
        if (!s_source.HasListeners())
        {
            return null;
        }
        ActivityTagsCollection tags = new()
        {
            [TelemetryNames.RpcSystem] = TelemetryNames.SystemName,
            [TelemetryNames.RpcMethod] = tool,
            [TelemetryNames.PoolAttribute] = pool,
        };
        ActivityContext.TryParse(parent, null, isRemote: true, out ActivityContext above);
        return Named(s_source.StartActivity(TelemetryNames.HostToolActivity, ActivityKind.Server, above, tags), tool);
    }

    /// <summary>Ends a call's span. A cancelled call is not marked as failed: its caller decides.</summary>
    public static void EndCall(Activity? activity, CallOutcome outcome, string? problem = null)
    {
        if (activity is null)
        {
            return;
        }
        string name = TelemetryNames.Of(outcome);
        activity.SetTag(TelemetryNames.OutcomeAttribute, name);
        if (outcome is not (CallOutcome.Succeeded or CallOutcome.Cancelled))
        {
            activity.SetTag(TelemetryNames.ErrorType, name).SetStatus(ActivityStatusCode.Error, problem);
        }
        activity.Dispose();
    }

    /// <summary>Marks a span as failed by an exception.</summary>
    public static void Fail(Activity? activity, Exception error) =>
        activity?.SetTag(TelemetryNames.ErrorType, error.GetType().FullName).SetStatus(ActivityStatusCode.Error, Shown.Message(error));

    /// <summary>Records a span that has ended.</summary>
    public static void Record(EndedSpan span)
    {
        Activity? before = Activity.Current;
        try
        {
            if (span.Parent == default)
            {
                Activity.Current = null; // it would become the parent
            }
            using Activity? activity = s_source.StartActivity(
                span.Kind, span.Parent, span.Attributes, span.Links.Select(static link => new ActivityLink(link)), span.From, span.Name);
            if (activity is null)
            {
                return;
            }
            if (span.ErrorType is { } type)
            {
                activity.SetTag(TelemetryNames.ErrorType, type).SetStatus(ActivityStatusCode.Error, span.Problem);
            }
            activity.SetEndTime(span.To.UtcDateTime);
            foreach (EndedSpan child in span.Children)
            {
                Record(child with { Parent = activity.Context });
            }
        }
        finally
        {
            Activity.Current = before;
        }
    }

    private static Activity? Named(Activity? activity, string name)
    {
        if (activity is not null)
        {
            activity.DisplayName = name;
        }
        return activity;
    }
}
