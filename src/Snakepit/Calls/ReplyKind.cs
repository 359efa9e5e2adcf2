namespace Snakepit.Calls;

internal enum ReplyKind : byte
{
    Result,
    Error,
}
