namespace Snakepit.Calls;

/// <summary>The position of a call among those that wait until the queue has room.</summary>
/// <param name="Place">The entry; none when the call does not wait there.</param>
/// <param name="Ticket">The order of arrival; 0 when the call never waited there.</param>
internal readonly record struct RoomPlace(CallKey Place, long Ticket);
