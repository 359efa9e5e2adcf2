using System.Diagnostics;

namespace Snakepit.Telemetry;

/// <summary>Traces of calls.</summary>
internal static class SnakepitTracing
{
    private static readonly ActivitySource s_source = new(TelemetryNames.ActivitySource);

    /// <summary>False: nobody records spans, and none need be begun.</summary>
    public static bool HasListeners => s_source.HasListeners();

    /// <summary>Begins a call's span, or null when nobody records it.</summary>
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

    /// <summary>Ends a call's span. Whether a cancelled call failed is for its caller to say.</summary>
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
