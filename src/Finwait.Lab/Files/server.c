/* The server: waits for one client, and closes when a key is pressed. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#define SERVER_IP_ADDRESS "192.168.100.100"
#define SERVER_PORT 32000

int main(void)
{
    int listen_fd, conn_fd;
    struct sockaddr_in serv_addr, cli_addr;
    socklen_t cli_len = sizeof(cli_addr);

    // create a TCP socket
    listen_fd = socket(AF_INET, SOCK_STREAM, 0);

    bzero(&serv_addr, sizeof(serv_addr));
    serv_addr.sin_family = AF_INET;
    // convert the dotted address to an unsigned int
    serv_addr.sin_addr.s_addr = inet_addr(SERVER_IP_ADDRESS);
    serv_addr.sin_port = htons(SERVER_PORT);

    // bind the socket to the server's address and port
    if (bind(listen_fd, (struct sockaddr *)&serv_addr, sizeof(serv_addr)) < 0) {
        perror("bind");
        return 1;
    }

    // make the socket ready for incoming connections
    listen(listen_fd, 10);

    // a new descriptor for each client; listen_fd can be used to accept more
    conn_fd = accept(listen_fd, (struct sockaddr *)&cli_addr, &cli_len);
    if (conn_fd < 0) {
        perror("accept");
        return 1;
    }

    printf("\n************ Press any key to exit  \n ");
    getchar();
    close(conn_fd);
    close(listen_fd);
    return 0;
}
