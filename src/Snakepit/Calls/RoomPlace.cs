namespace Snakepit.Calls;

/// <summary>A call's place among those that wait until the queue has room.</summary>
/// <param name="Place">The place; none: the call is not among them.</param>
/// <param name="Ticket">The order in which it came there; 0: never.</param>
internal readonly record struct RoomPlace(CallKey Place, long Ticket);
