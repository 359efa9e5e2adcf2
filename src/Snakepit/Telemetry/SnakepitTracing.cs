using System.Diagnostics;

namespace Snakepit.Telemetry;

/// <summary>Creates the spans of calls and of the host tools that they call.</summary>
internal static class SnakepitTracing
{
    private static readonly ActivitySource s_source = new(TelemetryNames.ActivitySource);

    /// <summary>When false, no spans are recorded, and none need be started.</summary>
    public static bool HasListeners => s_source.HasListeners();

    /// <summary>Starts a call's span; returns null when it is not recorded.</summary>
    public static Activity? StartCall(string pool, string tool)
    {
        if (!s_source.HasListeners())
        {
            return null;
        }
        ActivityTagsCollection tags = new() { [TelemetryNames.PoolAttribute] = pool, [TelemetryNames.ToolAttribute] = tool };
        Activity? activity = s_source.StartActivity(TelemetryNames.CallActivity, ActivityKind.Client, parentContext: default, tags);
        if (activity is not null)
        {
            activity.DisplayName = $"{tool} {pool}";
        }
        return activity;
    }

    /// <summary>Starts the span of a host tool's call, below the present one; returns null when it is not recorded.</summary>
    public static Activity? StartHostTool(string pool, string tool)
    {
        if (!s_source.HasListeners())
        {
            return null;
        }
        ActivityTagsCollection tags = new() { [TelemetryNames.PoolAttribute] = pool, [TelemetryNames.HostToolAttribute] = tool };
        Activity? activity = s_source.StartActivity(
            TelemetryNames.HostToolActivity, ActivityKind.Server, parentContext: default, tags);
        if (activity is not null)
        {
            activity.DisplayName = $"{tool} {pool}";
        }
        return activity;
    }

    /// <summary>Ends a call's span. A cancelled call is not marked as failed: its caller decides.</summary>
    public static void EndCall(Activity? activity, CallOutcome outcome, string? problem = null)
    {
        if (activity is null)
        {
            return;
        }
        activity.SetTag(TelemetryNames.OutcomeAttribute, TelemetryNames.Of(outcome));
        if (outcome is not (CallOutcome.Succeeded or CallOutcome.Cancelled))
        {
            activity.SetStatus(ActivityStatusCode.Error, problem);
        }
        activity.Dispose();
    }
}
