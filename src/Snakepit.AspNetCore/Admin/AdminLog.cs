using Microsoft.Extensions.Logging;

namespace Snakepit.AspNetCore.Admin;

/// <summary>The messages of the administration. Their ids are 700 to 799.</summary>
internal static partial class AdminLog
{
    [LoggerMessage(700, LogLevel.Information, "{Actor} ordered: {Order}.")]
    public static partial void Ordered(this ILogger logger, string actor, string order);

    [LoggerMessage(701, LogLevel.Warning, "An order failed: {Order}. {Reason}")]
    public static partial void OrderFailed(this ILogger logger, string order, string reason);

    [LoggerMessage(702, LogLevel.Error, "A request of the administration failed: {Method} {Path}.")]
    public static partial void RequestFailed(this ILogger logger, Exception error, string method, string path);

    [LoggerMessage(703, LogLevel.Warning, "An order had no valid antiforgery token and was refused: {Method} {Path}.")]
    public static partial void Forged(this ILogger logger, string method, string path);

    [LoggerMessage(
        710, LogLevel.Warning,
        "Snakepit's administration refuses all requests to {Prefix}, because the environment is {Environment} and the endpoints ask for no "
            + "authorization. Attach it: app.{Method}().RequireAuthorization().")]
    public static partial void Denied(this ILogger logger, string prefix, string environment, string method);

    [LoggerMessage(
        711, LogLevel.Warning,
        "Snakepit's administration refuses requests to {Prefix} by the name {Name}: without authorization, a page of another site could "
            + "send them. Ask by localhost or an address, list the name in AllowedHosts, or attach authorization: "
            + "app.{Method}().RequireAuthorization().")]
    public static partial void NameDenied(this ILogger logger, string prefix, string name, string method);

    [LoggerMessage(720, LogLevel.Debug, "The control endpoint listens at {Path}.")]
    public static partial void ControlStarted(this ILogger logger, string path);

    [LoggerMessage(
        721, LogLevel.Warning,
        "There is no control endpoint, so that the snakepit tool cannot attach to this process: {Reason}")]
    public static partial void ControlNotStarted(this ILogger logger, string reason);

    [LoggerMessage(731, LogLevel.Debug, "A moment is missing in the history of the pools: {Reason}")]
    public static partial void MomentLeftOut(this ILogger logger, string reason);

    [LoggerMessage(730, LogLevel.Warning, "A reader of events was too slow: it lost {Lost} events, and its stream was ended.")]
    public static partial void ReaderDropped(this ILogger logger, long lost);
}
