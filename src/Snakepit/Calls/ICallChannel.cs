namespace Snakepit.Calls;

/// <summary>The channel of the worker that runs a call, as the call itself may use it. No method blocks.</summary>
internal interface ICallChannel
{
    /// <summary>Queues a frame for a call. A call that has ended gets none.</summary>
    void PostFrame(CallKey call, byte[] frame);

    /// <summary>Sends what is queued.</summary>
    void Flush();

    /// <summary>Takes the frames that the worker holds back on its page, if it has one.</summary>
    void TakeStaged()
    {
    }
}
